//! Many invited at once, and links: made, used, ended.

use latchkey_domain::command::Command;
use latchkey_domain::decide::bulk::{InviteMany, invite_many};
use latchkey_domain::decide::link::{self, Create, Joining};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{Email, EmailFault, LinkId, MemberId, OrgId, RoleName};
use latchkey_ops::finish;
use latchkey_store::context::Ask;
use latchkey_store::db::Db;
use latchkey_store::page::Newest;
use latchkey_store::{dispatch, invitation, link as store, org};

use crate::scenario::Scenario;
use crate::world::{BEGINNING, DAY};

impl<D: Db> Scenario<D> {
    /// An organization of the first person's, into which the others come by lists and links.
    pub(crate) fn let_many_in(&mut self, org: &OrgId) {
        let now = BEGINNING + 2 * DAY;
        let role = RoleName::parse("viewer").unwrap();
        self.invite_all(org, &role, now);
        let [used, revoked, left] = [Some(1), None, None].map(|uses_max| self.make_link(org, &role, uses_max, now));
        // The second is refused by the fold: both were decided while the link was good for one.
        let both = [1, 2].map(|who| (who, self.joining(who, &used, now)));
        for (who, command) in both {
            let Some(command) = command else { continue };
            let principal = command.actor.clone();
            let sealed = self.world.seal(command, now);
            let appended = self.world.append(&sealed, &principal, None);
            self.note(&format!("{who} joins"), appended);
        }
        let again = self.joining(2, &used, now);
        self.note("a link that is used up", again.is_some());
        let hash = self.world.people[0].token_hash.clone();
        let ask = Ask { token_hash: &hash, now, idempotency_key: None };
        let context = finish(store::one(&self.world.db, &ask, org, &revoked)).unwrap();
        let (actor, found) = context.into_actor(now).unwrap();
        self.change(link::revoke(&actor, found.as_ref()).unwrap(), now);
        for status in [None, Some("active"), Some("used_up"), Some("revoked"), Some("expired")] {
            let newest = Newest { status, before: None, rows_max: 2 };
            let page = finish(store::list(&self.world.db, &ask, org, &newest)).unwrap();
            self.note("links", page.facts);
        }
        let over = now + DAY;
        let due = finish(dispatch::due_links(&self.world.db, over, 10)).unwrap();
        self.note("due links", &due);
        assert!(due.iter().any(|it| it.id == left));
        self.change(link::expire(org, &due, over), over);
    }

    fn invite_all(&mut self, org: &OrgId, role: &RoleName, now: i64) {
        let addresses: Vec<Result<Email, EmailFault>> =
            ["gil@example.com", "GIL@example.com", "x", "Bob@Example.com", "hal@example.com"].map(Email::parse).into();
        let keys: Vec<&str> = addresses.iter().flatten().map(Email::key).collect();
        let hash = self.world.people[0].token_hash.clone();
        let ask = Ask { token_hash: &hash, now, idempotency_key: None };
        let context = finish(invitation::addresses(&self.world.db, &ask, org, &keys, 10)).unwrap();
        let (actor, facts) = context.into_actor(now).unwrap();
        let many = InviteMany { role, key_id: "k1", addresses: &addresses };
        // Both are decided before either is there: what the second finds taken, it leaves out.
        let both = [0, 1].map(|_| invite_many(&actor, &many, &facts, &mut self.world.fresh).unwrap());
        for decided in both {
            self.note("many invited", &decided.outcomes);
            self.change(decided.command, now);
        }
    }

    fn make_link(&mut self, org: &OrgId, role: &RoleName, uses_max: Option<u64>, now: i64) -> LinkId {
        let hash = self.world.people[0].token_hash.clone();
        let ask = Ask { token_hash: &hash, now, idempotency_key: None };
        let (actor, _) = finish(org::context(&self.world.db, &ask, org)).unwrap().into_actor(now).unwrap();
        let id = LinkId::new(self.world.fresh.uuid());
        let create = Create { id: id.clone(), role, key_id: "k1", lifetime_s: Some(3600), uses_max, domains: &[] };
        let (command, created) = link::create(&actor, &create).unwrap();
        self.note("a link", created);
        self.change(command, now);
        id
    }

    /// The command by which the person joins; none if they are refused.
    fn joining(&mut self, who: usize, link: &LinkId, now: i64) -> Option<Command> {
        let hash = self.world.people[who].token_hash.clone();
        let ask = Ask { token_hash: &hash, now, idempotency_key: None };
        let context = finish(store::held(&self.world.db, &ask, link)).unwrap();
        let (person, held) = (context.who.unwrap(), context.held.unwrap());
        let policy = held.org.as_ref().unwrap().rules().unwrap();
        let joining = link::join(&held, &policy, &person, &MemberId::new(self.world.fresh.uuid()), now);
        self.note("joining", &joining);
        match joining {
            Ok(Joining::Joins(command)) => Some(*command),
            _ => None,
        }
    }

    fn change(&mut self, command: Command, now: i64) {
        let principal = command.actor.clone();
        let sealed = self.world.seal(command, now);
        let appended = self.world.append(&sealed, &principal, None);
        self.note("changed", appended);
    }
}
