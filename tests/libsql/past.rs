//! What an organization was, asked of both databases.

use latchkey_domain::OrgId;
use latchkey_domain::facts::MemberFacts;
use latchkey_ops::finish;
use latchkey_store::context::Ask;
use latchkey_store::db::Db;
use latchkey_store::history::{self, List, Moment};
use latchkey_store::member::Listed;

use super::Scenario;
use crate::world::{BEGINNING, DAY};

impl<D: Db> Scenario<D> {
    /// Before the beginning, along the log, and at its end.
    pub(super) fn read_the_past(&mut self, ask: &Ask<'_>, org: &OrgId, me: &MemberFacts) {
        let moments = [1, 2, 5, 9].map(|version| Moment { at: BEGINNING + DAY, version_max: Some(version) });
        for then in [Moment::at(BEGINNING - 1), Moment::at(BEGINNING + DAY)].into_iter().chain(moments) {
            let past = finish(history::org(&self.world.db, ask, org, then)).unwrap().facts;
            self.note("the organization then", past);
            let past = finish(history::member(&self.world.db, ask, org, then, &me.id, 5)).unwrap().facts;
            self.note("a member then", past);
            for listed in [Listed::ActiveAndPending, Listed::Active, Listed::Pending] {
                for (role, licensed) in
                    [(None, None), (Some("owner"), None), (None, Some(false)), (Some("viewer"), None)]
                {
                    let list = List { listed, role, licensed, after: 1, rows_max: 2 };
                    let page = finish(history::list(&self.world.db, ask, org, then, &list)).unwrap().facts;
                    self.note("members then", page);
                }
            }
        }
    }
}
