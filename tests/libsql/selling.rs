//! The host product sells: a plan, licences, limits, a tier.

use std::collections::BTreeMap;

use latchkey_domain::command::{Command, OPERATOR};
use latchkey_domain::decide::seat::{self as decide_seat, NewPlan};
use latchkey_domain::facts::{Actor, Asker, LicenseFacts};
use latchkey_domain::policy::{Policy, SeatMode};
use latchkey_domain::{OrgId, UserId, decide};
use latchkey_ops::finish;
use latchkey_store::append::Appended;
use latchkey_store::context::Ask;
use latchkey_store::db::{Db, Value};
use latchkey_store::{member, org, policy, seat};

use crate::scenario::Scenario;
use crate::world::BEGINNING;

pub(crate) const BY_OPERATOR: Ask<'_> = Ask { token_hash: OPERATOR, now: BEGINNING, idempotency_key: None };

impl<D: Db> Scenario<D> {
    /// Leaves the organization with one licence sold and assigned.
    pub(crate) fn sell(&mut self, org: &OrgId) {
        let affected = finish(policy::affected(&self.world.db, &BY_OPERATOR, org, "owner", false)).unwrap();
        let (operator, affected) = affected.into_asker(&BY_OPERATOR).unwrap();
        let mut licensed = Policy::clone(operator.policy());
        licensed.name = "licensed".to_owned();
        (licensed.seats.mode, licensed.seats.tier) = (SeatMode::Licenses, Some("team".to_owned()));
        self.make("rules with licences", decide::policy::set(&operator, &licensed, &affected).unwrap());

        let plan = NewPlan { name: "professional", seats: Some(1), upgrade_url: Some("https://example.com") };
        self.make("a plan", decide_seat::set_plan(&self.operator(org), &plan).unwrap().0);
        let limits = BTreeMap::from([("badge.create".to_owned(), 9)]);
        self.make("limits", decide_seat::set_org_limits(&self.operator(org), &limits).unwrap());

        let members = self.members(org);
        let (actor, asked) = self.licences(org, &members);
        // Decided at the same moment: each sees the one seat free.
        let [first, second] = [0, 1].map(|n| decide_seat::assign(&actor, std::slice::from_ref(&asked[n])).unwrap().0);
        self.make("the last licence", first);
        let late = self.append_as("late", second);
        assert_eq!(late, Appended::Stale);
        let (actor, asked) = self.licences(org, &members);
        let refused = decide_seat::assign(&actor, &asked).map(|_| ()).unwrap_err();
        self.note("no licence left", refused);
        self.make("licences taken back", decide_seat::remove(&actor, &asked[..1]).unwrap().0);
        let (actor, asked) = self.licences(org, &members);
        self.make("a licence", decide_seat::assign(&actor, &asked[1..]).unwrap().0);

        let id = latchkey_domain::MemberId::parse(&members[0]).unwrap();
        let context = finish(member::one(&self.world.db, &BY_OPERATOR, org, &id)).unwrap();
        let (operator, target) = context.into_asker(&BY_OPERATOR).unwrap();
        self.make("a member's limits", decide_seat::set_member_limits(&operator, target.as_ref(), &limits).unwrap());
        self.restrict(org, &id);
        self.report_tiers(&target.unwrap().user);
    }

    fn operator(&self, org: &OrgId) -> Asker {
        let context = finish(org::context(&self.world.db, &BY_OPERATOR, org)).unwrap();
        context.into_asker(&BY_OPERATOR).unwrap().0
    }

    fn report_tiers(&mut self, user: &UserId) {
        for user in [user, &UserId::new(uuid::Uuid::nil())] {
            let context = finish(seat::account(&self.world.db, &BY_OPERATOR, user)).unwrap();
            self.note("an account", &context);
            if let Ok(command) = decide_seat::set_personal_tier(context.facts.as_ref(), Some("pro")) {
                self.make("a tier", command);
            }
        }
    }

    /// Two members of the organization, the first to join first.
    fn members(&self, org: &OrgId) -> Vec<String> {
        let sql = "SELECT id FROM member WHERE org_id = ?1 AND status = 'active' ORDER BY joined_version LIMIT 2";
        let rows = self.world.rows(sql, vec![Value::Text(org.to_string())]);
        let ids = rows.into_iter().flatten().map(|value| match value {
            Value::Text(id) => id,
            other => panic!("an id is {other:?}"),
        });
        ids.collect()
    }

    fn licences(&mut self, org: &OrgId, members: &[String]) -> (Actor, Vec<Option<LicenseFacts>>) {
        let hash = self.world.people[0].token_hash.clone();
        let ask = Ask { token_hash: &hash, now: BEGINNING, idempotency_key: None };
        let context = finish(seat::licenses(&self.world.db, &ask, org, members)).unwrap();
        self.note("licences", &context.facts);
        context.into_actor(BEGINNING).unwrap()
    }

    pub(crate) fn make(&mut self, what: &str, command: Command) {
        let appended = self.append_as(what, command);
        assert!(matches!(appended, Appended::At { .. }), "{what}: {appended:?}");
    }

    fn append_as(&mut self, what: &str, command: Command) -> Appended {
        let principal = command.actor.clone();
        let sealed = self.world.seal(command, BEGINNING);
        let appended = self.world.append(&sealed, &principal, None);
        self.note(what, &appended);
        appended
    }
}
