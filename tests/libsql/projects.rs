//! Projects, and the people who are in one of them by itself.

use latchkey_domain::command::Command;
use latchkey_domain::decide::acceptance::Acceptor;
use latchkey_domain::decide::invitation::Create;
use latchkey_domain::decide::project::Acceptance;
use latchkey_domain::facts::{Actor, ProjectFacts};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{InvitationId, MemberId, OrgId, ProjectId, ProjectMemberId, ProjectName, RoleName, decide};
use latchkey_ops::finish;
use latchkey_store::append::Appended;
use latchkey_store::context::{Ask, OrgContext};
use latchkey_store::db::{Db, DbError};
use latchkey_store::project::{After, InProject};
use latchkey_store::{acceptance, account, org, project};

use super::{Scenario, named};
use crate::world::BEGINNING;

impl<D: Db> Scenario<D> {
    /// From the first project of an organization to the end of one, by way of the people in it.
    pub(super) fn let_into_projects(&mut self) {
        let org = self.platform();
        let [engine, mill] = ["Engine", "Mill"].map(|name| {
            let id = ProjectId::new(self.world.fresh.uuid());
            let actor = self.actor(&org);
            let name = ProjectName::parse(name).unwrap();
            self.append(decide::project::create(&actor, id.clone(), &name).unwrap());
            id
        });
        let at = (&org, &engine);
        let (bob, cem) = (self.let_in(at, 1, "viewer"), self.let_in(at, 2, "developer"));
        self.let_in((&org, &mill), 1, "viewer");
        let renamed = ProjectName::parse("Difference Engine").unwrap();
        let (actor, found, _) = self.within(|db, ask| finish(project::one(db, ask, &org, &engine)));
        self.append(decide::project::rename(&actor, found.as_ref(), &renamed).unwrap());
        let (actor, found, target) = self.within(|db, ask| finish(project::member(db, ask, &org, &engine, &bob)));
        let role = RoleName::parse("developer").unwrap();
        self.append(decide::project::change_role(&actor, found.as_ref(), target.as_ref(), &role).unwrap());
        self.read_projects(at);
        let (actor, found, target) = self.within(|db, ask| finish(project::member(db, ask, &org, &engine, &cem)));
        self.append(decide::project::remove(&actor, found.as_ref(), target.as_ref()).unwrap());
        let context = finish(project::one(&self.world.db, &self.ask(1), &org, &mill)).unwrap();
        let command = decide::project::leave(&context.into_insider(0).unwrap().0).unwrap();
        self.append(command);
        let (actor, found, _) = self.within(|db, ask| finish(project::one(db, ask, &org, &engine)));
        self.append(decide::project::delete(&actor, found.as_ref(), "Difference Engine").unwrap());
    }

    fn read_projects(&mut self, (org, engine): (&OrgId, &ProjectId)) {
        for who in [0, 1, 2] {
            let page = finish(project::list(&self.world.db, &self.ask(who), org, 0, 2)).unwrap();
            self.note("projects", page.facts);
            let mine = finish(project::mine(&self.world.db, &self.ask(who), None, 2)).unwrap();
            self.note("single projects", mine.facts);
            for after in [After::Project(0), After::Project(9), After::Organization(0)] {
                let page = finish(project::members(&self.world.db, &self.ask(who), org, engine, after, 2)).unwrap();
                self.note("people of a project", page.facts);
            }
        }
    }

    /// An organization whose policy lets people into single projects.
    fn platform(&mut self) -> OrgId {
        let (org, member) = (OrgId::new(self.world.fresh.uuid()), MemberId::new(self.world.fresh.uuid()));
        let who = finish(account::me(&self.world.db, &self.ask(0))).unwrap().who.unwrap();
        let (command, _) =
            decide::org::create(&who, None, org.clone(), member, &named("Platform"), "platform").unwrap();
        self.append(command);
        org
    }

    /// Invites somebody with an account into a project; they accept.
    fn let_in(&mut self, (org, project): (&OrgId, &ProjectId), who: usize, role: &str) -> ProjectMemberId {
        let (id, email) = (InvitationId::new(self.world.fresh.uuid()), self.world.people[who].email.clone());
        let role = RoleName::parse(role).unwrap();
        let (actor, found, address) = self.within(|db, ask| finish(project::address(db, ask, org, project, &email)));
        let invite = Create { id: id.clone(), email: &email, role: &role, key_id: "k1" };
        let (member, open) = (address.member.as_ref(), address.open.as_ref());
        let (command, _) = decide::project::invite(&actor, &invite, found.as_ref(), member, open).unwrap();
        self.append(command);
        let context = finish(acceptance::held(&self.world.db, &self.ask(who), &id)).unwrap();
        let (who, held) = (context.who.unwrap(), context.held.unwrap());
        let rules = held.org.as_ref().unwrap().rules().unwrap();
        let member = ProjectMemberId::new(self.world.fresh.uuid());
        let accepted = decide::project::accept(&held, &rules, &Acceptor::Account(&who), &member, BEGINNING);
        let Ok(Acceptance::Joins(command)) = accepted else { panic!("{accepted:?}") };
        self.append(*command);
        member
    }

    fn ask(&self, who: usize) -> Ask<'_> {
        Ask { token_hash: &self.world.people[who].token_hash, now: BEGINNING, idempotency_key: None }
    }

    fn actor(&self, org: &OrgId) -> Actor {
        finish(org::context(&self.world.db, &self.ask(0), org)).unwrap().into_actor(BEGINNING).unwrap().0
    }

    /// What the creator of the organization knows in one of its projects.
    fn within<T>(
        &self,
        read: impl FnOnce(&super::Recorded<D>, &Ask<'_>) -> Result<OrgContext<InProject<T>>, DbError>,
    ) -> (Actor, Option<ProjectFacts>, T) {
        read(&self.world.db, &self.ask(0)).unwrap().into_actor_at(BEGINNING).unwrap()
    }

    fn append(&mut self, command: Command) {
        let (kind, principal) = (command.kind, command.actor.clone());
        let sealed = self.world.seal(command, BEGINNING);
        let appended = self.world.append(&sealed, &principal, None);
        assert!(matches!(appended, Appended::At { .. }), "stale at once: {kind}");
        self.note(kind, appended);
    }
}
