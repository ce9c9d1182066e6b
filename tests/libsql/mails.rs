//! Mails: read, taken, and what became of them.

use latchkey_domain::{MailId, OrgId};
use latchkey_ops::finish;
use latchkey_store::context::Ask;
use latchkey_store::db::{Db, Value};
use latchkey_store::outbox::{self, List, Tried};

use crate::scenario::Scenario;
use crate::world::{BEGINNING, DAY, SECOND};

impl<D: Db> Scenario<D> {
    pub(crate) fn read_mails(&mut self, ask: &Ask<'_>, org: &OrgId) {
        let mails = finish(outbox::mails(&self.world.db, None, None, 20)).unwrap();
        let oldest = mails.last().map(|mail| (mail.created_at, mail.id.clone())).unwrap();
        self.note("mails", mails);
        let before = Some((oldest.0, oldest.1.as_str()));
        let mails = finish(outbox::mails(&self.world.db, Some("dora@xn--bcher-kva.example"), None, 20)).unwrap();
        self.note("mails to one", mails);
        let mails = finish(outbox::mails(&self.world.db, None, before, 20)).unwrap();
        self.note("older mails", mails);
        for undelivered in [None, Some("failed"), Some("dead")] {
            let list = List { undelivered, before: None, rows_max: 2 };
            let page = finish(outbox::list(&self.world.db, ask, org, &list)).unwrap();
            self.note("deliveries", page);
        }
    }

    /// Two dispatchers, of which one comes too late for what it took.
    pub(crate) fn deliver(&mut self, org: &OrgId) {
        let now = BEGINNING + 30 * DAY;
        let hash = self.world.people[1].token_hash.clone();
        let ask = Ask { token_hash: &hash, now: BEGINNING + DAY, idempotency_key: None };
        let to_all = "INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, audience, next_at, created_at) \
                      VALUES ('owner_left:mem_0:1', ?1, 'owner_left', 'mem_0', 1, '', '', 'top_role', 0, 0) RETURNING id";
        let made = finish(self.world.db.query(to_all, vec![Value::Text(org.to_string())]));
        self.note("a mail to an audience", made);
        let roles = ["owner".to_owned(), "admin".to_owned()];
        for _ in 0..2 {
            let addressed = finish(outbox::address(&self.world.db, "owner_left:mem_0:1", &roles, now, 10));
            self.note("addressed", addressed);
        }
        let mut taken = finish(outbox::take(&self.world.db, "first", (now, now + SECOND), 9, 3)).unwrap();
        taken.sort_by(|a, b| a.id.cmp(&b.id));
        for (n, mail) in taken.iter().enumerate() {
            let (state, error) = [("sent", None), ("failed", Some("slow")), ("dead", Some("full"))][n % 3];
            let tried =
                Tried { id: &mail.id, state, attempts: 1, error, provider_id: None, next_at: now + DAY, sent_at: None };
            for lease in ["second", "first", "first"] {
                let recorded = finish(outbox::record(&self.world.db, lease, &tried));
                self.note("recorded", recorded);
            }
        }
        self.note("taken", &taken);
        let again = finish(outbox::take(&self.world.db, "second", (now, now + SECOND), 1, 50)).unwrap().len();
        self.note("taken by the other", again);
        let id = taken.first().and_then(|mail| MailId::parse(&mail.id));
        let one = id.map(|id| finish(outbox::one(&self.world.db, &ask, org, &id)));
        self.note("one of them", one);
    }
}
