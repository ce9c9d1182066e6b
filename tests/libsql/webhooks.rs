//! Webhooks: made, changed, told, and turned off.

use latchkey_domain::OrgId;
use latchkey_domain::WebhookId;
use latchkey_domain::decide;
use latchkey_domain::event::WebhookChanged;
use latchkey_domain::fresh::Fresh;
use latchkey_ops::finish;
use latchkey_store::context::Ask;
use latchkey_store::db::Db;
use latchkey_store::webhook::{self, Tried};

use crate::scenario::Scenario;
use crate::wish::{Decided, WebhookWish, Wish};
use crate::world::{BEGINNING, DAY, SECOND};

impl<D: Db> Scenario<D> {
    /// Endpoints of an organization of the first person's.
    pub(crate) fn tell_others(&mut self, org: &OrgId) {
        let now = BEGINNING + 2 * DAY;
        let [kept, ended] = [0, 1].map(|_| WebhookId::new(self.world.fresh.uuid()));
        let create = |webhook: &WebhookId| WebhookWish::Create { webhook: webhook.clone(), types: [].into() };
        let narrower = WebhookChanged { types: Some(["org.renamed".to_owned()].into()), ..WebhookChanged::default() };
        for wish in [
            create(&kept),
            create(&ended),
            WebhookWish::Update { webhook: ended.clone(), wished: narrower },
            WebhookWish::Rotate { webhook: kept.clone(), overlap_s: 60 },
            WebhookWish::Test { webhook: kept.clone() },
            WebhookWish::Replay { webhook: kept.clone(), since: 0 },
            WebhookWish::Delete { webhook: ended.clone() },
        ] {
            let wish = Wish::Webhook { who: 0, org: org.clone(), wish };
            // Decided twice before either is there: the second is refused, by the premises or by the fold.
            let both = [0, 1].map(|_| self.world.decide(&wish, now, None));
            for decided in both {
                let Decided::Change(command, principal) = decided else { panic!("{decided:?}") };
                let sealed = self.world.seal(*command, now);
                let appended = self.world.append(&sealed, &principal, None);
                self.note("a webhook", appended);
            }
        }
        self.tell(now);
        let hash = self.world.people[0].token_hash.clone();
        let ask = Ask { token_hash: &hash, now, idempotency_key: None };
        self.note_webhooks(&ask, org, &kept);
        let failing = finish(webhook::failing(&self.world.db, now, 5)).unwrap();
        self.note("failing", &failing);
        for failing in failing {
            let sealed = self.world.seal(decide::webhook::disable(&failing.org, &failing.webhook), now);
            let appended = self.world.append(&sealed, "system", None);
            self.note("disabled", appended);
        }
    }

    fn tell(&mut self, now: i64) {
        let taken = finish(webhook::take(&self.world.db, "first", (now, now + SECOND), "", 3)).unwrap();
        for (n, message) in taken.iter().enumerate() {
            let (state, status) = if n == 0 { ("sent", Some(204)) } else { ("failed", None) };
            let tried = Tried {
                webhook: message.webhook.as_str(),
                version: message.told.version,
                state,
                next_at: now + DAY,
                tried_at: now,
                took_ms: 5,
                status,
                answer: None,
                error: status.is_none().then_some("no answer"),
                failing_since: status.is_none().then_some(now),
            };
            for lease in ["another", "first"] {
                let recorded = finish(webhook::record(&self.world.db, lease, &tried));
                self.note("recorded", recorded);
            }
        }
        self.note("messages", taken);
        let again = finish(webhook::take(&self.world.db, "second", (now, now + SECOND), "", 50)).unwrap().len();
        self.note("taken once more", again);
    }

    fn note_webhooks(&mut self, ask: &Ask<'_>, org: &OrgId, kept: &WebhookId) {
        let list = finish(webhook::list(&self.world.db, ask, org, None, 5)).unwrap();
        self.note("webhooks", list.facts);
        for undelivered in [None, Some("failed"), Some("dead")] {
            let page = finish(webhook::deliveries(&self.world.db, ask, org, kept, undelivered, (None, 3))).unwrap();
            self.note("deliveries", page.facts);
        }
        let events = finish(webhook::events(&self.world.db, ask, org, 1, 50)).unwrap();
        self.note("events", events.facts);
    }
}
