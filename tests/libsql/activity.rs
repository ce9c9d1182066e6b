//! Activity: reported, read with the log in every way there is, and deleted when it is old.

use latchkey_domain::fresh::Fresh;
use latchkey_domain::{ActivityId, MemberId, OrgId};
use latchkey_ops::finish;
use latchkey_store::activity::{self, Item, Outcome, Reporter};
use latchkey_store::audit::{self, Filter, List, Order, Scope, Wanted};
use latchkey_store::context::Ask;
use latchkey_store::db::Db;
use latchkey_store::dispatch;

use crate::scenario::Scenario;
use crate::world::{BEGINNING, DAY};

impl<D: Db> Scenario<D> {
    /// Reports of an organization, which say of each item what became of it.
    pub(crate) fn report(&mut self, org: &OrgId) {
        let reporter = Reporter { actor: "operator", member: None };
        let nobody = MemberId::new(self.world.fresh.uuid());
        let keys = [(Some("1"), None), (Some("1"), None), (None, None), (Some("2"), Some(nobody)), (Some("2"), None)];
        for _ in 0..2 {
            let items: Vec<Item> = keys.iter().map(|(key, member)| self.item(*key, member.clone())).collect();
            let outcomes = finish(activity::report(&self.world.db, org, &reporter, &items, BEGINNING + DAY)).unwrap();
            assert_eq!(outcomes[3], Outcome::UnknownMember);
            self.note("reported", outcomes);
        }
    }

    fn item(&mut self, key: Option<&str>, member: Option<MemberId>) -> Item {
        Item {
            id: ActivityId::new(self.world.fresh.uuid()),
            item_key: key.map(str::to_owned),
            kind: "theme.download".to_owned(),
            at: BEGINNING + DAY / 2,
            member,
            key: None,
            target_type: Some("theme".to_owned()),
            target: Some("aurora".to_owned()),
            project: None,
            ip: Some("192.0.2.1".to_owned()),
            user_agent: None,
            data: serde_json::from_str(r#"{"bytes": 7, "note": "ü"}"#).unwrap(),
        }
    }

    /// The list in every order, led by every filter.
    pub(crate) fn read_log(&mut self, ask: &Ask<'_>, org: &OrgId, user: &str) {
        let filters = [
            Filter::default(),
            Filter { actor: Some(user), since: Some(BEGINNING), ..Filter::default() },
            Filter { kind: Some("member.joined"), until: Some(BEGINNING + DAY), ..Filter::default() },
            Filter { target: Some(org.as_str()), ..Filter::default() },
            Filter { target: Some("aurora"), wanted: Wanted::Activity, ..Filter::default() },
            Filter { project: Some("prj_none"), ..Filter::default() },
            Filter { search: Some("ada"), ..Filter::default() },
        ];
        for filter in filters {
            for order in [Order::NewestFirst, Order::OldestFirst] {
                let mut list = List { filter, order, after: None, scope: None, rows_max: 3 };
                let first = finish(audit::list(&self.world.db, ask, org, &list)).unwrap().facts;
                let last = first.entries.last().map(audit::Entry::place);
                list.after = last.as_ref();
                let second = finish(audit::list(&self.world.db, ask, org, &list)).unwrap().facts;
                self.note("audit", (first, second));
                list.scope = Some(Scope::Own);
                let own = finish(audit::list(&self.world.db, ask, org, &list)).unwrap().facts;
                self.note("one's own", own);
            }
            let list = List { filter, order: Order::OldestFirst, after: None, scope: None, rows_max: 1 };
            let total = finish(audit::total(&self.world.db, ask, org, &list)).unwrap().facts;
            self.note("in total", total);
        }
    }

    /// What is old goes, by batches.
    pub(crate) fn sweep(&mut self, org: &OrgId) {
        let due = finish(dispatch::due_sweeps(&self.world.db, BEGINNING + 9 * DAY, 5)).unwrap();
        self.note("due sweeps", due);
        for left in (0..=4).rev() {
            let deleted = finish(dispatch::sweep(&self.world.db, org, BEGINNING + DAY, 1)).unwrap();
            assert_eq!(deleted, usize::from(left > 0), "{left} left");
            self.note("swept", deleted);
        }
        finish(dispatch::swept(&self.world.db, org, BEGINNING + 10 * DAY)).unwrap();
    }
}
