//! Size: what a request costs in an organization of ten thousand is what it costs in one of a hundred.
//!
//! Cost is counted in steps of SQLite's machine, which are the same in every run. Times are printed as ratios, and judged by
//! nobody: `cargo test -p latchkey-tests --test scale -- --nocapture`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod activity;
mod meter;
mod past;
mod town;
#[path = "../model/world.rs"]
#[allow(dead_code, reason = "the model needs more of its world than this")]
mod world;

use latchkey_domain::OrgId;
use latchkey_domain::access::{Question, Resource, Subject};
use latchkey_domain::command::{Acceptance, Command, Item, Judge, Limits, WantsTopRole};
use latchkey_domain::decide::invitation::expire;
use latchkey_domain::event::{Change, InvitationCreated};
use latchkey_domain::facts::InvitationFacts;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::secret::SecretKeys;
use latchkey_domain::{Email, InvitationId, MemberId, search};
use latchkey_ops::finish;
use latchkey_store::access::{self, Place, Subjects};
use latchkey_store::append::{Appended, Request, append};
use latchkey_store::checkpoint::{self, Wanted};
use latchkey_store::context::Ask;
use latchkey_store::member::{List, Listed, Order};
use latchkey_store::{account, dispatch, invitation, member, org};
use meter::{Cost, Meter};
use serde_json::json;
use town::{LARGE, RARE, SMALL, found};
use world::{BEGINNING, World};

/// How much more a large organization may cost: the depth of a tree, and nothing that grows with what is in it.
const STEPS_RATIO_MAX: f64 = 1.25;

/// How often each request is made; the fastest counts, because everything else is somebody else's work.
const ROUNDS: usize = 5;

type Ready<'a> = Box<dyn Fn(&Meter, &Ask<'_>, &OrgId) + 'a>;

#[test]
fn what_is_read_costs_the_same_in_an_organization_of_any_size() {
    let directory = tempfile::tempdir().unwrap();
    let mut world = World::new(Meter::open(&directory.path().join("town.db")), &["ada@example.com"]);
    world.sign_in(0, BEGINNING).unwrap();
    let [small, large] = [SMALL, LARGE].map(|size| found(&mut world, "studio", size));
    let token_hash = world.people[0].token_hash.clone();
    let ask = Ask { token_hash: &token_hash, now: BEGINNING, idempotency_key: None };
    println!(
        "{:<44} {:>9} {:>9} {:>7} {:>7}",
        "of a hundred, of ten thousand members", "steps", "steps", "ratio", "time"
    );
    for (name, request) in requests() {
        let cost = |org: &OrgId| {
            let costs = (0..ROUNDS).map(|_| {
                world.db.spent();
                request(&world.db, &ask, org);
                world.db.spent()
            });
            costs.min_by_key(|cost| cost.took).unwrap()
        };
        let (small, large) = (cost(&small), cost(&large));
        let ratio = told(name, small, large);
        assert_eq!((small.statements, large.statements), (1, 1), "{name}");
        assert!(ratio <= STEPS_RATIO_MAX, "{name}: {small:?}, {large:?}");
    }
}

#[test]
fn what_is_proven_of_a_log_costs_what_it_costs_of_a_short_one() {
    let directory = tempfile::tempdir().unwrap();
    let mut world = World::new(Meter::open(&directory.path().join("town.db")), &["ada@example.com"]);
    world.sign_in(0, BEGINNING).unwrap();
    let orgs = [SMALL, LARGE].map(|size| found(&mut world, "studio", size));
    let keys = SecretKeys::parse(&format!("k1:{}", "11".repeat(32))).unwrap();
    let signed = |org: &OrgId, events_max| {
        let facts = finish(checkpoint::tree(&world.db, org, events_max)).unwrap();
        let Some(extension) = facts.extend(&keys).unwrap() else { return false };
        let made = extension.sign("here", keys.signing().unwrap(), BEGINNING);
        assert!(finish(checkpoint::keep(&world.db, org, &extension, &made)).unwrap());
        true
    };
    let token_hash = world.people[0].token_hash.clone();
    let ask = Ask { token_hash: &token_hash, now: BEGINNING, idempotency_key: None };
    let told_of = |name: &str, request: &dyn Fn(&OrgId)| {
        let costs = orgs.each_ref().map(|org| {
            world.db.spent();
            request(org);
            world.db.spent()
        });
        let ratio = told(name, costs[0], costs[1]);
        assert!(ratio <= STEPS_RATIO_MAX, "{name}: {costs:?}");
    };
    told_of("the first thousand events signed", &|org| assert!(signed(org, 1000)));
    for org in &orgs {
        while signed(org, 2000) {}
    }
    told_of("nothing to sign", &|org| assert!(!signed(org, 1000)));
    told_of("an event in the log", &|org| {
        let proof = finish(checkpoint::inclusion(&world.db, &ask, org, Wanted::Version(77), None)).unwrap().facts;
        assert!(proof.version == Some(77) && proof.size >= 1000);
    });
    told_of("a log that goes on", &|org| {
        let proof = finish(checkpoint::consistency(&world.db, &ask, org, 1000, None)).unwrap().facts;
        assert!(proof.to >= 1000 && proof.nodes.0.len() > 10);
    });
    told_of("the newest checkpoint", &|org| {
        assert!(finish(checkpoint::newest(&world.db, &ask, org)).unwrap().facts.is_some());
    });
    told_of("a thousand events as they are stored", &|org| {
        assert_eq!(finish(checkpoint::export(&world.db, &ask, org, 100, 1000)).unwrap().facts.len(), 1000);
    });
}

#[test]
fn a_thousand_invitations_are_one_statement_also_when_expired_ones_make_room() {
    let directory = tempfile::tempdir().unwrap();
    let mut world = World::new(Meter::open(&directory.path().join("town.db")), &["ada@example.com"]);
    world.sign_in(0, BEGINNING).unwrap();
    let orgs = [SMALL, LARGE].map(|size| (found(&mut world, "portal", size), (size.members + size.pending) as u64));
    for giving_way in [0, 1000] {
        let costs = orgs.each_ref().map(|(org, used)| {
            let overdue = finish(dispatch::due_invitations(&world.db, BEGINNING, 5000)).unwrap();
            let overdue: Vec<InvitationFacts> =
                overdue.into_iter().filter(|i| i.org == *org).take(giving_way).collect();
            assert_eq!(overdue.len(), giving_way);
            // Room for all who are invited once the expired ones have given theirs back, and not a seat more.
            let seats_max = used + 2000;
            let sealed = many(&mut world, org, &overdue, seats_max);
            let request = Request { principal: "ada", idempotency_key: None, request_hash: "0", client: None };
            world.db.spent();
            let appended = finish(append(&world.db, &sealed, &request, &json!(null))).unwrap();
            let cost = world.db.spent();
            let Appended::At { outcomes, .. } = appended else { panic!("{appended:?}") };
            let accepted = outcomes.iter().filter(|outcome| *outcome == "accepted").count();
            assert_eq!(accepted, 1000 + usize::from(giving_way > 0), "{outcomes:?}");
            cost
        });
        let name = if giving_way > 0 { "1,000 invitations for 1,000 expired ones" } else { "1,000 invitations" };
        let ratio = told(name, costs[0], costs[1]);
        assert_eq!(costs.map(|cost| cost.statements), [1, 1]);
        assert!(ratio <= STEPS_RATIO_MAX, "{costs:?}");
    }
}

fn told(name: &str, small: Cost, large: Cost) -> f64 {
    let steps = large.steps as f64 / small.steps as f64;
    let time = large.took.as_secs_f64() / small.took.as_secs_f64();
    println!("{name:<44} {:>9} {:>9} {steps:>7.2} {time:>7.2}", small.steps, large.steps);
    steps
}

/// Every list of people, each with its filters and orders, and the numbers.
fn requests() -> Vec<(&'static str, Ready<'static>)> {
    let people = |listed, role: Option<&'static str>, licensed, order: Order<'static>| -> Ready<'static> {
        let list = List { listed, role, licensed, order, rows_max: 21 };
        Box::new(move |db, ask, org| {
            let page = finish(member::list(db, ask, org, &list)).unwrap();
            assert!(!page.facts.is_empty());
        })
    };
    let joined = Order::Joined { after: 0 };
    let by_name = Order::Name { after: ("", "") };
    let find = |search| Order::Found { search, after: None };
    let all = Listed::ActiveAndPending;
    vec![
        ("members and invited", people(all, None, None, joined)),
        ("members", people(Listed::Active, None, None, joined)),
        ("invited", people(Listed::Pending, None, None, joined)),
        ("from the middle", people(all, None, None, Order::Joined { after: 50 })),
        ("by name", people(all, None, None, by_name)),
        ("by name, from k on", people(all, None, None, Order::Name { after: ("k", "") })),
        ("of a rare role", people(all, Some("owner"), None, joined)),
        ("of the common role", people(all, Some("member"), None, joined)),
        ("of the common role, by name", people(all, Some("member"), None, by_name)),
        ("licensed", people(all, None, Some(true), joined)),
        ("unlicensed, by name", people(all, None, Some(false), by_name)),
        ("search that finds one", people(all, None, None, find(RARE))),
        ("search that finds everybody", people(all, None, None, find("exam"))),
        ("search by a letter", people(all, None, None, find("a"))),
        ("an access check", Box::new(|db, ask, org| asked(db, ask, org, "access"))),
        ("who may, of a rare role", Box::new(|db, ask, org| asked(db, ask, org, "rare"))),
        ("who may, of everybody", Box::new(|db, ask, org| asked(db, ask, org, "all"))),
        ("seat usage", Box::new(|db, ask, org| drop(finish(org::context(db, ask, org)).unwrap()))),
        (
            "what an invitation needs to know",
            Box::new(|db, ask, org| {
                let email = Email::parse("somebody.new@example.com").unwrap();
                drop(finish(invitation::address(db, ask, org, &email)).unwrap());
            }),
        ),
    ]
}

/// A question about the owner, and the pages of those who may something that few or that all may.
fn asked(db: &Meter, ask: &Ask<'_>, org: &OrgId, what: &str) {
    let resource = Resource::new("thing".to_owned(), "1".to_owned(), Some(org.to_string()), None);
    if what == "access" {
        let user = finish(account::me(db, ask)).unwrap().who.unwrap().user.to_string();
        db.spent();
        let subject = Subject { kind: "user".to_owned(), id: user };
        let question = Question { subject, action: "org.delete".to_owned(), resource };
        let known = finish(access::evaluate(db, ask, &[question])).unwrap().facts;
        assert!(known.answers[0].member.is_some());
        return;
    }
    let action = if what == "rare" { "org.delete" } else { "org.read" };
    let after = Place { segment: if what == "rare" { 0 } else { 1 }, place: 0 };
    let search = Subjects { kind: "user", action, resource: &resource, after, rows_max: 2 };
    let found = finish(access::subjects(db, ask, &search)).unwrap().facts;
    assert!(!found.rows.is_empty());
}

/// A thousand new addresses in one command, each judged by itself, after those that give way.
fn many(
    world: &mut World<Meter>,
    org: &OrgId,
    overdue: &[InvitationFacts],
    seats_max: u64,
) -> latchkey_domain::command::Sealed {
    let mut items: Vec<Item> = Vec::new();
    if !overdue.is_empty() {
        let mut expired = expire(org, overdue, BEGINNING).items.remove(0);
        expired.gives_back.seats = overdue.len() as u64;
        items.push(expired);
    }
    for n in 0..1000 {
        let email = Email::parse(&format!("new{n}.{}@example.org", overdue.len())).unwrap();
        let created = InvitationCreated {
            email: email.typed().to_owned(),
            email_key: email.key().to_owned(),
            role: "member".to_owned(),
            invited_by: MemberId::new(world.fresh.uuid()),
            generation: 1,
            key_id: "k1".to_owned(),
            expires_at: BEGINNING + world::DAY,
            project: None,
            words: search::words(None, email.key()),
        };
        let judge = Judge::Invite {
            email_key: email.key().to_owned(),
            wants_top_role: WantsTopRole::No,
            replaces: None,
            project: None,
        };
        let changes = vec![Change::InvitationCreated(InvitationId::new(world.fresh.uuid()), created)];
        items.push(Item { judge, seats: 1, ..Item::plain(changes) });
    }
    let limits = Limits { seats_max: Some(seats_max), acceptance: Acceptance::Each, ..Limits::default() };
    let command =
        Command { items, limits, ..Command::of("invitation.create_many", Some(org.clone()), "ada".to_owned()) };
    world.seal(command, BEGINNING)
}
