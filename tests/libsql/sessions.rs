//! Sessions: listed, used, ended.

use latchkey_domain::SessionId;
use latchkey_domain::fresh::Fresh;
use latchkey_ops::finish;
use latchkey_store::context::Ask;
use latchkey_store::db::Db;
use latchkey_store::session::{self, Lifetimes};
use serde_json::json;

use crate::scenario::Scenario;
use crate::world::{BEGINNING, DAY};

impl<D: Db> Scenario<D> {
    /// The second person looks at their sessions, and keeps the one that asks.
    pub(crate) fn look_at_sessions(&mut self) {
        let now = BEGINNING + DAY;
        let hash = self.world.people[1].token_hash.clone();
        let ask = Ask { token_hash: &hash, now, idempotency_key: None };
        let client = json!({"ip": "192.0.2.7", "user_agent": "a browser"});
        let last = Lifetimes { idle_ms: 14 * DAY, absolute_ms: 30 * DAY };
        let touched = finish(session::touch(&self.world.db, &hash, &client, (now, now), last));
        self.note("touched", touched);
        let context = finish(session::list(&self.world.db, &ask, None, 5)).unwrap();
        let (user, sessions) = (context.who.expect("a session").user, context.facts);
        let kept = sessions.first().map(|session| session.id.clone());
        self.note("sessions", sessions);
        let nobodys = SessionId::new(self.world.fresh.uuid());
        let ended = finish(session::end(&self.world.db, &user, &nobodys, now));
        self.note("ended", ended);
        let ended = finish(session::end_all(&self.world.db, &user, kept.as_ref(), now));
        self.note("all ended", ended);
    }
}
