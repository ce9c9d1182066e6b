//! Domains: claimed, proved, looked at again, moved; and people who come in by one.

use latchkey_domain::decide::domain::{Seen, change, claim, release, verify};
use latchkey_domain::decide::joining::{Joining, approve, decline, join};
use latchkey_domain::facts::AutoJoin;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::secret::domain_proof;
use latchkey_domain::{Domain, DomainId, JoinRequestId, MemberId, OrgId};
use latchkey_ops::finish;
use latchkey_store::context::Ask;
use latchkey_store::db::Db;
use latchkey_store::domain::{self as store, Looked};
use latchkey_store::joining;
use latchkey_store::page::Newest;

use crate::scenario::Scenario;
use crate::world::{BEGINNING, DAY};

const NOW: i64 = BEGINNING + 2 * DAY;

impl<D: Db> Scenario<D> {
    /// A domain that goes from one organization of the first person's to another, and lets somebody in there.
    pub(crate) fn open_by_domain(&mut self, first: &OrgId, second: &OrgId) {
        let mine = self.world.people[0].token_hash.clone();
        let ask = Ask { token_hash: &mine, now: NOW, idempotency_key: None };
        let given_up = self.claim(&ask, second, "mill.example");
        let lost = self.claim(&ask, first, "bücher.example");
        let won = self.claim(&ask, second, "bücher.example");
        self.prove(&ask, first, &lost, &[first]);
        self.prove(&ask, second, &won, &[first, second]);
        self.prove(&ask, second, &won, &[second]);
        let (actor, facts) = finish(store::one(&self.world.db, &ask, second, &won)).unwrap().into_actor(NOW).unwrap();
        let opened = change(&actor, facts.domain.as_ref(), AutoJoin::Ask).unwrap();
        let released = finish(store::one(&self.world.db, &ask, second, &given_up)).unwrap().into_actor(NOW).unwrap().1;
        let released = release(&actor, released.domain.as_ref()).unwrap();
        for command in [opened, released] {
            let sealed = self.world.seal(command, NOW);
            let appended = self.world.append(&sealed, "usr", None);
            self.note("a domain changed", appended);
        }
        for status in [None, Some("moved"), Some("verified"), Some("released")] {
            let newest = Newest { status, before: None, rows_max: 2 };
            let page = finish(store::list(&self.world.db, &ask, second, &newest)).unwrap();
            self.note("domains", page.facts);
        }
        self.look_again(&won);
        self.knock(&ask, second);
    }

    fn claim(&mut self, ask: &Ask<'_>, org: &OrgId, name: &str) -> DomainId {
        let (id, name) = (DomainId::new(self.world.fresh.uuid()), Domain::parse(name).unwrap());
        let (actor, facts) = finish(store::new(&self.world.db, ask, org, &name)).unwrap().into_actor(NOW).unwrap();
        let (command, claimed) = claim(&actor, &facts, id.clone(), &name, AutoJoin::Off).unwrap();
        self.note("claimed", claimed);
        let sealed = self.world.seal(command, NOW);
        // Once more is once too often: an index knows.
        let mut again = sealed.clone();
        again.id = latchkey_domain::CommandId::new(self.world.fresh.uuid());
        for sealed in [sealed, again] {
            let appended = self.world.append(&sealed, "usr", None);
            self.note("claimed", appended);
        }
        id
    }

    /// The DNS has the proofs of these organizations.
    fn prove(&mut self, ask: &Ask<'_>, org: &OrgId, id: &DomainId, by: &[&OrgId]) {
        let (actor, facts) = finish(store::one(&self.world.db, ask, org, id)).unwrap().into_actor(NOW).unwrap();
        let name = facts.domain.as_ref().unwrap().domain.clone();
        let seen = Seen::Texts(by.iter().map(|org| domain_proof(org, &name)).collect());
        let proved = verify(&actor, &facts, &seen);
        self.note("proved", &proved);
        let Ok(commands) = proved else { return };
        let sealed: Vec<_> = commands.into_iter().map(|command| self.world.seal(command, NOW)).collect();
        let appended = match sealed.as_slice() {
            [one] => self.world.append(one, "usr", None),
            several => self.world.append_several(several, "usr"),
        };
        self.note("proved", appended);
    }

    fn look_again(&mut self, id: &DomainId) {
        let later = NOW + 2 * DAY;
        for _ in 0..2 {
            let due = finish(store::take_due(&self.world.db, later, later + 1, 10)).unwrap();
            self.note("due", due);
        }
        for (checked_at, failing_since, trouble) in
            [(Some(later), Some(later), None), (None, Some(later), Some("down"))]
        {
            let looked = Looked { domain: id, due_at: later + DAY, checked_at, failing_since, trouble };
            finish(store::record(&self.world.db, &looked)).unwrap();
        }
        let due = finish(store::take_due(&self.world.db, later + DAY, later + 2 * DAY, 10)).unwrap();
        self.note("due again", due);
    }

    /// Somebody with an address there asks, is turned down; another asks, and is let in.
    fn knock(&mut self, ask: &Ask<'_>, org: &OrgId) {
        // The code was mailed to them: that their address is theirs is proved by it.
        self.world.sign_in(3, NOW).unwrap();
        let theirs = self.world.people[3].token_hash.clone();
        let theirs = Ask { token_hash: &theirs, now: NOW, idempotency_key: None };
        for approves in [true, false] {
            let context = finish(joining::held(&self.world.db, &theirs)).unwrap();
            self.note("held", &context.held);
            let (Some(who), Some(held)) = (context.who, context.held) else { panic!("nobody, or nothing to join") };
            let rules = held.org.rules().unwrap();
            let request = JoinRequestId::new(self.world.fresh.uuid());
            let member = MemberId::new(self.world.fresh.uuid());
            let joining = join(&held, &rules, &who, (&member, &request), NOW);
            self.note("joining", &joining);
            let Ok(Joining::Asks(command)) = joining else { continue };
            let sealed = self.world.seal(*command, NOW);
            let appended = self.world.append(&sealed, who.user.as_str(), None);
            self.note("asked", appended);
            let (actor, held) =
                finish(joining::request(&self.world.db, ask, org, &request)).unwrap().into_actor(NOW).unwrap();
            let both = [approve(&actor, held.as_ref(), &member), decline(&actor, held.as_ref())];
            let answered = if approves { both } else { [both[1].clone(), both[0].clone()] };
            for command in answered {
                let sealed = self.world.seal(command.unwrap(), NOW);
                let appended = self.world.append(&sealed, "usr", None);
                self.note("answered", appended);
            }
        }
        for status in [None, Some("joined"), Some("open")] {
            let newest = Newest { status, before: None, rows_max: 2 };
            let page = finish(joining::requests(&self.world.db, ask, org, &newest)).unwrap();
            self.note("requests", page.facts);
        }
    }
}
