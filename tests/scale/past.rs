//! The past: what it costs to ask for it does not grow with the log, nor with those who have gone since.

use latchkey_domain::event::{Change, Nothing};
use latchkey_domain::{MemberId, OrgId};
use latchkey_ops::finish;
use latchkey_store::context::Ask;
use latchkey_store::db::Value;
use latchkey_store::history::{self, List, Moment};
use latchkey_store::member::Listed;

use crate::meter::{Cost, Meter};
use crate::town::{LARGE, SMALL, Size, found, write};
use crate::world::{BEGINNING, World};
use crate::{ROUNDS, STEPS_RATIO_MAX, told};

type Asked = fn(&Meter, &Ask<'_>, &OrgId, Moment, &MemberId);

const REQUESTS: [(&str, Asked); 7] = [
    ("the organization then", |db, ask, org, then, _| {
        assert!(finish(history::org(db, ask, org, then)).unwrap().facts.is_some());
    }),
    ("a member then", |db, ask, org, then, member| {
        let past = finish(history::member(db, ask, org, then, member, 10)).unwrap().facts.unwrap();
        assert!(past.facts.is_some());
    }),
    ("members and invited then", |db, ask, org, then, _| {
        page(db, ask, org, then, Listed::ActiveAndPending, None, None)
    }),
    ("members then", |db, ask, org, then, _| page(db, ask, org, then, Listed::Active, None, None)),
    ("invited then", |db, ask, org, then, _| page(db, ask, org, then, Listed::Pending, None, None)),
    ("of the common role then", |db, ask, org, then, _| {
        page(db, ask, org, then, Listed::ActiveAndPending, Some("member"), None);
    }),
    ("licensed then", |db, ask, org, then, _| page(db, ask, org, then, Listed::Active, None, Some(true))),
];

fn page(
    db: &Meter,
    ask: &Ask<'_>,
    org: &OrgId,
    then: Moment,
    listed: Listed,
    role: Option<&str>,
    licensed: Option<bool>,
) {
    let list = List { listed, role, licensed, after: 0, rows_max: 11 };
    let past = finish(history::list(db, ask, org, then, &list)).unwrap().facts.unwrap();
    assert_eq!(past.facts.lines.len(), 11, "{listed:?} {role:?} {licensed:?}");
}

#[test]
fn the_past_costs_the_same_in_a_log_of_any_length() {
    let directory = tempfile::tempdir().unwrap();
    let mut world = World::new(Meter::open(&directory.path().join("town.db")), &["ada@example.com"]);
    world.sign_in(0, BEGINNING).unwrap();
    let orgs = [SMALL, LARGE].map(|size| found(&mut world, "studio", size));
    for (name, asked) in REQUESTS {
        let [small, large] = orgs.each_ref().map(|org| cost(&world, org, asked));
        let ratio = told(name, small, large);
        assert_eq!((small.statements, large.statements), (1, 1), "{name}");
        // Where not everybody is wanted, it is seen first how far along an index may be looked, which a small one ends before.
        let looks_ahead = name.starts_with("of the") || name.starts_with("licensed");
        let is_bounded = looks_ahead && large.steps - small.steps <= LOOKED_AHEAD_STEPS_MAX;
        assert!(ratio <= STEPS_RATIO_MAX || is_bounded, "{name}: {small:?}, {large:?}");
    }
}

/// For finding the two thousandth entry of each index that such a list is read from.
const LOOKED_AHEAD_STEPS_MAX: i64 = 16_000;
/// For passing over two thousand who are gone.
const LOOKED_AT_STEPS_MAX: i64 = 30_000;

#[test]
fn a_page_of_the_past_looks_at_so_many_who_are_gone_and_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let mut world = World::new(Meter::open(&directory.path().join("town.db")), &["ada@example.com"]);
    world.sign_in(0, BEGINNING).unwrap();
    let costs = [2_600, 9_000].map(|gone| {
        let size = Size { members: gone + 100, pending: 0, overdue: 0, projects: 0 };
        let org = found(&mut world, "portal", size);
        let sql =
            "SELECT id FROM member WHERE org_id = ?1 AND status = 'active' ORDER BY joined_version LIMIT ?2 OFFSET 1";
        let params = vec![Value::Text(org.to_string()), Value::Integer(i64::try_from(gone).unwrap())];
        let left = world.rows(sql, params).into_iter().flatten().map(|id| match id {
            Value::Text(id) => Change::MemberLeft(MemberId::parse(&id).unwrap(), Nothing {}),
            other => panic!("{other:?}"),
        });
        let left: Vec<Change> = left.collect();
        left.chunks(500).for_each(|changes| write(&mut world, &org, changes.to_vec()));
        let everybody = all(&world, &org);
        assert_eq!((everybody.lines, everybody.pages > gone / 2_000), (100, true), "{everybody:?}");
        everybody.first
    });
    let ratio = told("a page after thousands who are gone", costs[0], costs[1]);
    assert!(ratio <= STEPS_RATIO_MAX && costs[1].steps < LOOKED_AT_STEPS_MAX, "{costs:?}");
}

/// All pages of a roster of the past.
#[derive(Debug)]
struct Everybody {
    lines: usize,
    pages: usize,
    /// What the first page cost.
    first: Cost,
}

fn all(world: &World<Meter>, org: &OrgId) -> Everybody {
    let ask = Ask { token_hash: &world.people[0].token_hash, now: BEGINNING, idempotency_key: None };
    let (mut lines, mut pages, mut after, mut first) = (0, 0, 0, None);
    loop {
        let list = List { listed: Listed::Active, role: None, licensed: None, after, rows_max: 51 };
        world.db.spent();
        let past = finish(history::list(&world.db, &ask, org, Moment::at(BEGINNING), &list)).unwrap().facts.unwrap();
        let cost = world.db.spent();
        first = first.or(Some(cost));
        (pages, lines) = (pages + 1, lines + past.facts.lines.len().min(50));
        after = if past.facts.lines.len() > 50 { past.facts.lines[49].place } else { past.facts.until };
        if past.facts.lines.len() <= 50 && past.facts.until >= past.org.version {
            return Everybody { lines, pages, first: first.unwrap() };
        }
    }
}

/// The fastest of several rounds, at the newest version right after the counters were kept.
fn cost(world: &World<Meter>, org: &OrgId, asked: Asked) -> Cost {
    let id = vec![Value::Text(org.to_string())];
    let newest = world.rows("SELECT version / 64 * 64 FROM org WHERE id = ?1", id.clone());
    let member =
        world.rows("SELECT id FROM member WHERE org_id = ?1 ORDER BY joined_version DESC LIMIT 1 OFFSET 40", id);
    let ([Value::Integer(version)], [Value::Text(member)]) = (newest[0].as_slice(), member[0].as_slice()) else {
        panic!("{newest:?} {member:?}");
    };
    let then = Moment { at: BEGINNING, version_max: Some(u64::try_from(*version).unwrap()) };
    let (ask, member) = (
        Ask { token_hash: &world.people[0].token_hash, now: BEGINNING, idempotency_key: None },
        MemberId::parse(member).unwrap(),
    );
    let costs = (0..ROUNDS).map(|_| {
        world.db.spent();
        asked(&world.db, &ask, org, then, &member);
        world.db.spent()
    });
    costs.min_by_key(|cost| cost.took).unwrap()
}
