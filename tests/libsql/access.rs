//! Who may do what: every question and every search, of somebody who is restricted.

use latchkey_domain::access::{Question, Resource, Subject};
use latchkey_domain::{MemberId, OrgId, decide};
use latchkey_ops::finish;
use latchkey_store::access::{self, After, Place, Resources, Subjects};
use latchkey_store::context::Ask;
use latchkey_store::db::Db;
use latchkey_store::member;

use crate::scenario::Scenario;
use crate::selling::BY_OPERATOR;
use crate::world::BEGINNING;

impl<D: Db> Scenario<D> {
    /// Restricts a member, and asks all there is to ask.
    pub(crate) fn restrict(&mut self, org: &OrgId, member: &MemberId) {
        let listed = ["b1", "b2"].map(str::to_owned).into();
        let context = finish(member::one(&self.world.db, &BY_OPERATOR, org, member)).unwrap();
        let (operator, target) = context.into_asker(&BY_OPERATOR).unwrap();
        let restrictions = [("badge.create".to_owned(), listed)].into();
        self.make("restrictions", decide::restriction::set(&operator, target.as_ref(), &restrictions).unwrap());

        let subject = Subject { kind: "member".to_owned(), id: member.to_string() };
        let resource = |id: &str| Resource::new("badge".to_owned(), id.to_owned(), Some(org.to_string()), None);
        let question =
            |id| Question { subject: subject.clone(), action: "badge.create".to_owned(), resource: resource(id) };
        let hash = self.world.people[0].token_hash.clone();
        let by_member = Ask { token_hash: &hash, now: BEGINNING, idempotency_key: None };
        for ask in [&BY_OPERATOR, &by_member] {
            let answers = finish(access::evaluate(&self.world.db, ask, &[question("b1"), question("b3")])).unwrap();
            self.note("answers", &answers.facts);
            self.note("actions", finish(access::actions(&self.world.db, ask, &question("b1"))).unwrap().facts);
            self.note("access", finish(access::member(&self.world.db, ask, org, member, 10)).unwrap().facts);
            for kind in ["user", "member", "api_key"] {
                let (resource, after) = (resource("b1"), Place::default());
                let search = Subjects { kind, action: "badge.create", resource: &resource, after, rows_max: 3 };
                self.note("subjects", finish(access::subjects(&self.world.db, ask, &search)).unwrap().facts);
            }
            for kind in ["organization", "project", "badge"] {
                let (subject, after) = (&subject, After::default());
                let search =
                    Resources { subject, action: "badge.create", kind, organization: None, after, rows_max: 3 };
                self.note("resources", finish(access::resources(&self.world.db, ask, &search)).unwrap().facts);
            }
        }
    }
}
