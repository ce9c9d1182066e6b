//! Everything that `store` can do, once, with a transcript of the answers: the same on every database, or there is a
//! difference to know about.

#[path = "past.rs"]
mod past;
#[path = "projects.rs"]
mod projects;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Debug;

use latchkey_domain::command::{Command, Item, Sealed};
use latchkey_domain::event::{Change, Nothing};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::policy::Policy;
use latchkey_domain::{ChallengeId, DisplayName, InvitationId, MemberId, OrgId, OrgName, RoleName, decide};
use latchkey_ops::finish;
use latchkey_store::account::{self, CodeRate, NewCode};
use latchkey_store::append::{Appended, Request, append_several};
use latchkey_store::context::Ask;
use latchkey_store::db::{Db, DbError, Row, Value};
use latchkey_store::page::Newest;
use latchkey_store::{dispatch, invitation, member, migrations, org, policy};

use crate::wish::{Decided, Rules, Wish};
use crate::world::{BEGINNING, DAY, SECOND, World};

const ADDRESSES: [&str; 6] = [
    "ada@example.com",
    "Bob@Example.com",
    "cem@example.com",
    "dora@bücher.example",
    "eve@example.com",
    "fay@example.com",
];

/// A database that remembers what it was asked and what it refused.
pub(crate) struct Recorded<D> {
    db: D,
    pub(crate) statements: RefCell<BTreeSet<String>>,
    pub(crate) faults: RefCell<Vec<DbError>>,
}

impl<D> Recorded<D> {
    pub(crate) fn new(db: D) -> Self {
        Self { db, statements: RefCell::default(), faults: RefCell::default() }
    }
}

impl<D: Db> Db for Recorded<D> {
    async fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, DbError> {
        self.statements.borrow_mut().insert(sql.to_owned());
        let result = self.db.query(sql, params).await;
        self.faults.borrow_mut().extend(result.as_ref().err().cloned());
        result
    }
}

pub(crate) struct Scenario<D> {
    pub(crate) world: World<Recorded<D>>,
    pub(crate) transcript: Vec<String>,
}

impl<D: Db> Scenario<D> {
    /// Lives through all of it on an empty or just migrated database.
    pub(crate) fn live(db: D) -> Self {
        let world = World::new(Recorded::new(db), &ADDRESSES);
        let mut scenario = Self { world, transcript: Vec::new() };
        scenario.sign_in();
        let org = scenario.form_a_team();
        scenario.look_at_sessions();
        scenario.change_the_rules(&org);
        scenario.sell(&org);
        scenario.let_into_projects();
        scenario.race(&org);
        let another = scenario.another_organization();
        scenario.let_many_in(&another);
        scenario.hold_keys(&another);
        scenario.report(&org);
        scenario.let_machines_in(&another);
        scenario.tell_others(&another);
        let third = scenario.another_organization();
        scenario.open_by_domain(&another, &third);
        scenario.read(&org);
        scenario.deliver(&org);
        scenario.bill(&org, "professional");
        scenario.sign_the_log(&org);
        scenario.sweep(&org);
        scenario.delete_account(2);
        scenario.let_time_pass(&org);
        scenario.be_vouched_for();
        scenario.be_told();
        scenario
    }

    pub(crate) fn note(&mut self, what: &str, answer: impl Debug) {
        self.transcript.push(format!("{what}: {answer:?}"));
    }

    fn sign_in(&mut self) {
        for who in 0..3 {
            let signed_in = self.world.sign_in(who, BEGINNING).unwrap();
            self.note("signed in", signed_in);
        }
        let (code, email) = (ChallengeId::new(self.world.fresh.uuid()), self.world.people[5].email.clone());
        let (key_id, expires_at) = ("k1", BEGINNING + 600 * SECOND);
        let new = NewCode { id: &code, email: &email, client: "c", key_id, now: BEGINNING, expires_at };
        let none = CodeRate { codes_max: 0, codes_per_client_max: 1, window_ms: DAY };
        let sent = finish(account::send_code(&self.world.db, &new, none));
        self.note("a code too many", sent);
        let sent = finish(account::send_code(&self.world.db, &new, CodeRate { codes_max: 1, ..none }));
        self.note("a code", sent);
        let oldest = finish(account::oldest_code(&self.world.db, &email, "c", BEGINNING - DAY));
        self.note("the oldest code", oldest);
        for tries_max in [2, 2, 2] {
            let counted = finish(account::count_try(&self.world.db, &code, BEGINNING, tries_max));
            self.note("a try", counted);
        }
        for _ in 0..2 {
            let session = self.world.new_session(BEGINNING);
            let signed_in = finish(account::sign_in(&self.world.db, &code, &session, &["fay".to_owned()], BEGINNING));
            self.note("the same code", signed_in);
        }
    }

    /// One command of each kind, and what follows from asking again.
    fn form_a_team(&mut self) -> OrgId {
        let org = OrgId::new(self.world.fresh.uuid());
        let [other, third] = [0, 1].map(|_| OrgId::new(self.world.fresh.uuid()));
        let (all, now) =
            ([(&org, Rules::AnyOwners), (&other, Rules::Preset("credentials")), (&third, Rules::TwoOwners)], BEGINNING);
        for (org, rules) in all {
            let key = org.as_str();
            let member = MemberId::new(self.world.fresh.uuid());
            let wish = Wish::CreateOrg { who: 0, org: org.clone(), member, name: named("Acme"), rules };
            self.wish(&wish, now, Some(key));
            self.wish(&wish, now, Some(key));
        }
        self.wish(&Wish::RenameAccount { who: 1, name: DisplayName::parse("Bób").ok() }, now, None);
        let invited: Vec<InvitationId> = [(1, "owner"), (2, "admin"), (3, "viewer"), (4, "issuer"), (5, "viewer")]
            .map(|(who, role)| self.invite(&org, who, role))
            .into();
        let [bob, cem, dora, eve, fay] = invited.as_slice() else { unreachable!() };
        for (who, invitation) in [(1, bob), (2, cem), (2, cem)] {
            let member = MemberId::new(self.world.fresh.uuid());
            self.wish(&Wish::Accept { who, invitation: invitation.clone(), member }, now, None);
        }
        let (member, session) = (MemberId::new(self.world.fresh.uuid()), self.world.new_session(now));
        let name = DisplayName::parse("Dora Ä").ok();
        self.wish(&Wish::AcceptByToken { invitation: dora.clone(), member: member.clone(), session, name }, now, None);
        self.wish(&Wish::RenameOrg { who: 2, org: org.clone(), name: named("Ärzte & Söhne") }, now - DAY, None);
        self.wish(&Wish::Resend { who: 1, org: org.clone(), invitation: eve.clone() }, now, None);
        self.wish(&Wish::Decline { who: None, invitation: eve.clone() }, now, None);
        self.wish(&Wish::Cancel { who: 2, org: org.clone(), invitation: fay.clone() }, now, None);
        let role = |name| RoleName::parse(name).unwrap();
        self.wish(
            &Wish::ChangeRole { who: 0, org: org.clone(), target: member.clone(), role: role("issuer") },
            now,
            None,
        );
        self.wish(
            &Wish::Remove { who: 2, org: org.clone(), target: member, keys: Default::default(), adopter: None },
            now,
            None,
        );
        let (heir, invitation) = (MemberId::new(self.world.fresh.uuid()), self.invite(&third, 1, "viewer"));
        self.wish(&Wish::Accept { who: 1, invitation, member: heir.clone() }, now, None);
        self.wish(&Wish::Transfer { who: 0, org: third.clone(), target: heir, own_role: None }, now, None);
        self.wish(&Wish::DeleteOrg { who: 0, org: other, typed_name: "Acme".to_owned() }, now, None);
        org
    }

    /// Other rules, decided on who could be harmed by them.
    fn change_the_rules(&mut self, org: &OrgId) {
        let hash = self.world.people[0].token_hash.clone();
        let ask = Ask { token_hash: &hash, now: BEGINNING, idempotency_key: None };
        let context = finish(policy::affected(&self.world.db, &ask, org, "owner", true)).unwrap();
        self.note("affected", &context);
        let (asker, affected) = context.into_asker(&ask).unwrap();
        let mut other = Policy::clone(asker.policy());
        other.name = "others".to_owned();
        let command = decide::policy::set(&asker, &other, &affected).unwrap();
        let sealed = self.world.seal(command, BEGINNING);
        let appended = self.world.append(&sealed, &asker.name(), None);
        assert!(matches!(appended, Appended::At { .. }), "{appended:?}");
        self.note("other rules", appended);
    }

    /// One of the first person's alone.
    fn another_organization(&mut self) -> OrgId {
        let (org, member) = (OrgId::new(self.world.fresh.uuid()), MemberId::new(self.world.fresh.uuid()));
        let wish = Wish::CreateOrg {
            who: 0,
            org: org.clone(),
            member,
            name: named("Another"),
            rules: Rules::Preset("credentials"),
        };
        self.wish(&wish, BEGINNING + DAY, None);
        org
    }

    /// Commands that come too late, one for each way in which the database can find out.
    fn race(&mut self, org: &OrgId) {
        let now = BEGINNING + DAY;
        let both = [0, 1].map(|who| self.decided(&Wish::Leave { who, org: org.clone() }, now));
        let keyed = self.decided(&Wish::RenameOrg { who: 0, org: org.clone(), name: named("Late") }, now);
        // A premise that no longer holds: the organization was renamed in between.
        self.wish(&Wish::RenameOrg { who: 0, org: org.clone(), name: named("In time") }, now, Some("rename"));
        let sealed = self.world.seal(keyed.0.clone(), now);
        let stale = self.world.append(&sealed, &keyed.1, None);
        self.note("a stale premise", stale);
        // Two for one key, decided before either was there.
        let (mut keyed, principal) = keyed;
        keyed.premises.clear();
        let sealed = self.world.seal(keyed, now);
        let stale = self.world.append(&sealed, &principal, Some("rename"));
        self.note("a key used meanwhile", stale);
        // The last owners leave at the same moment: only the fold can see it.
        for (mut command, principal) in both {
            command.premises.clear();
            let sealed = self.world.seal(command, now);
            let appended = self.world.append(&sealed, &principal, None);
            self.note("an owner leaves", appended);
        }
        // Twice the same address in one moment: the judgement sees it.
        let twice = [0, 1].map(|_| {
            let (id, email) = (InvitationId::new(self.world.fresh.uuid()), self.world.people[5].email.clone());
            let role = RoleName::parse("viewer").unwrap();
            self.decided(&Wish::Invite { who: 1, org: org.clone(), id, email, role }, now)
        });
        for (command, principal) in twice {
            let sealed = self.world.seal(command, now);
            let appended = self.world.append(&sealed, &principal, None);
            self.note("an invitation", appended);
        }
        let erased = "DELETE FROM event WHERE version = 1";
        let refused = finish(self.world.db.query(erased, Vec::new()));
        self.note("an event deleted", refused);
        let nothing = self.world.seal(nobody_leaves(org), now);
        let stale = self.world.append(&nothing, "nobody", None);
        self.note("nobody leaves", stale);
    }

    /// Every list and every context.
    fn read(&mut self, org: &OrgId) {
        let hash = self.world.people[1].token_hash.clone();
        let ask = Ask { token_hash: &hash, now: BEGINNING + DAY, idempotency_key: Some("rename") };
        let me = finish(account::me(&self.world.db, &ask)).unwrap();
        self.note("me", &me);
        let invitations = finish(account::my_invitations(&self.world.db, &ask, None, 1)).unwrap();
        self.note("my invitations", invitations);
        let orgs = finish(org::mine(&self.world.db, &ask, None, 1)).unwrap();
        self.note("my organizations", orgs);
        let context = finish(org::context(&self.world.db, &ask, org)).unwrap();
        self.read_the_past(&ask, org, context.me.as_ref().unwrap());
        self.note("the organization", context);
        self.read_rosters(&ask, org);
        for status in [None, Some("pending"), Some("declined")] {
            let newest = Newest { status, before: None, rows_max: 2 };
            let page = finish(invitation::list(&self.world.db, &ask, org, &newest)).unwrap();
            self.note("invitations", page);
        }
        let user = me.who.unwrap().user.to_string();
        self.read_log(&ask, org, &user);
        self.read_mails(&ask, org);
    }

    /// Somebody leaves everything and is gone, by one statement of several commands; the second time it comes too late.
    fn delete_account(&mut self, who: usize) {
        let now = BEGINNING + 2 * DAY;
        let (hash, email) = (self.world.people[who].token_hash.clone(), self.world.people[who].email.clone());
        let ask = Ask { token_hash: &hash, now, idempotency_key: None };
        let context = finish(account::belongings(&self.world.db, &ask)).unwrap();
        self.note("belongings", &context.facts);
        let who = context.who.unwrap();
        let commands = decide::account::delete(&who, &email, &context.facts).unwrap();
        assert!(commands.len() > 1, "they are in an organization");
        let sealed: Vec<Sealed> = commands.into_iter().map(|command| self.world.seal(command, now)).collect();
        let request = Request { principal: who.user.as_str(), idempotency_key: None, request_hash: "0", client: None };
        for _ in 0..2 {
            let appended = finish(append_several(&self.world.db, &sealed, &request, &serde_json::Value::Null));
            self.note("account deleted", appended);
        }
    }

    /// The roster by every filter and in every order, from its beginning and from further on.
    fn read_rosters(&mut self, ask: &Ask<'_>, org: &OrgId) {
        let orders = [
            member::Order::Joined { after: 1 },
            member::Order::Name { after: ("", "") },
            member::Order::Name { after: ("ada@example.com", "z") },
            member::Order::Found { search: "BÓ", after: None },
            member::Order::Found { search: "fay@ex", after: None },
            member::Order::Found { search: "e", after: Some(("example", "z")) },
            member::Order::Found { search: " ", after: None },
        ];
        for listed in [member::Listed::ActiveAndPending, member::Listed::Active, member::Listed::Pending] {
            for role in [None, Some("owner"), Some("viewer")] {
                for licensed in [None, Some(false), Some(true)] {
                    for order in orders {
                        let list = member::List { listed, role, licensed, order, rows_max: 2 };
                        let page = finish(member::list(&self.world.db, ask, org, &list)).unwrap().facts;
                        self.note("members", page);
                    }
                }
            }
        }
    }

    /// What is due is said, what is over is forgotten.
    fn let_time_pass(&mut self, org: &OrgId) {
        let now = BEGINNING + 30 * DAY;
        let due = finish(dispatch::due_invitations(&self.world.db, now, 10)).unwrap();
        self.note("due", &due);
        for over in due.iter().filter(|i| i.org == *org) {
            self.wish(&Wish::Expire { invitation: over.id.clone() }, now, None);
        }
        self.world.sign_out(0, now);
        let codes = finish(dispatch::forget_codes(&self.world.db, now, 2)).unwrap();
        self.note("codes forgotten", codes);
        let sessions = finish(dispatch::forget_sessions(&self.world.db, now + 365 * DAY, 2)).unwrap();
        self.note("sessions forgotten", sessions);
        let ensured = finish(migrations::ensure(&self.world.db, now)).unwrap();
        self.note("migrations", ensured);
    }

    fn invite(&mut self, org: &OrgId, who: usize, role: &str) -> InvitationId {
        let (id, email) = (InvitationId::new(self.world.fresh.uuid()), self.world.people[who].email.clone());
        let role = RoleName::parse(role).unwrap();
        self.wish(&Wish::Invite { who: 0, org: org.clone(), id: id.clone(), email, role }, BEGINNING, None);
        id
    }

    fn decided(&self, wish: &Wish, now: i64) -> (Command, String) {
        let Decided::Change(command, principal) = self.world.decide(wish, now, None) else {
            panic!("refused: {wish:?}");
        };
        (*command, principal)
    }

    pub(crate) fn wish(&mut self, wish: &Wish, now: i64, key: Option<&str>) {
        let answer = match self.world.decide(wish, now, key) {
            Decided::Change(command, principal) => {
                let sealed = self.world.seal(*command, now);
                let appended = self.world.append(&sealed, &principal, key);
                assert!(matches!(appended, Appended::At { .. }), "stale at once: {wish:?}");
                format!("{appended:?}")
            }
            Decided::Refused(why) => format!("refused: {why}"),
            Decided::Replayed => "replayed".to_owned(),
        };
        self.note(&format!("{wish:?}"), answer);
    }
}

fn nobody_leaves(org: &OrgId) -> Command {
    let nobody = MemberId::new(uuid::Uuid::nil());
    Command {
        premises: Vec::new(),
        items: vec![Item::plain(vec![Change::MemberLeft(nobody, Nothing {})])],
        ..Command::of("member.leave", Some(org.clone()), "nobody".to_owned())
    }
}

fn named(text: &str) -> OrgName {
    OrgName::parse(text).unwrap()
}
