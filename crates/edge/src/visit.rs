//! What is recorded of a session's use, after the answer has left: that it was, from where, and that it lasts on. Not each time: a
//! session that was seen a few minutes ago is as good as seen.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use latchkey_api::limits::SESSION_SEEN_AGAIN_S;
use latchkey_api::{Call, Head, Settings};
use latchkey_store::session::{Lifetimes, touch};

use crate::{clock, db, usage};

thread_local! {
    // An instance has one thread. The sessions whose use is to be recorded, by the hashes of their tokens, until their request is over.
    static DUE: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Notes that a context has named a session, last seen at that time.
pub(crate) fn saw(token_hash: &str, seen_at: i64) {
    if seen_at <= unseen_since(clock::now().0) {
        DUE.with_borrow_mut(|due| due.insert(token_hash.to_owned()));
    }
}

/// A use that may have to be recorded.
#[derive(Debug)]
pub(crate) struct Visit {
    token_hash: String,
    operation: &'static str,
    head: Rc<Head>,
    trusted_proxy_hops: u8,
    last: Lifetimes,
}

impl Visit {
    /// The visit that a call is, if it came with a session.
    pub(crate) fn of(call: &Call, head: &Rc<Head>) -> Option<Self> {
        let token_hash = call.credential().filter(|_| !call.is_key()).map(|it| it.token_hash.clone())?;
        let (operation, head, settings) = (call.route().operation, head.clone(), call.settings());
        let trusted_proxy_hops = settings.trusted_proxy_hops;
        Some(Self { token_hash, operation, head, trusted_proxy_hops, last: lifetimes(settings) })
    }

    /// Whether the session was good, and not seen for some time.
    pub(crate) fn is_due(&self) -> bool {
        DUE.with_borrow_mut(|due| due.remove(&self.token_hash))
    }

    /// Writes it down. What cannot be written is told to the operator: the answer has left already.
    pub(crate) async fn record(self, component: &str) {
        let recorded = match db::activity_db().await {
            Ok(db) => {
                let now = clock::now().0;
                let client = usage::client_of(self.operation, &self.head, self.trusted_proxy_hops);
                let touched = touch(&db, &self.token_hash, &client, (now, unseen_since(now)), self.last).await;
                touched.map_err(|fault| fault.to_string())
            }
            Err(problem) => Err(problem.detail.to_string()),
        };
        if let Err(fault) = recorded {
            eprintln!("{component} the use of a session is not recorded: {fault}");
        }
    }
}

/// Whoever was seen after this is as good as seen now.
fn unseen_since(now: i64) -> i64 {
    now.saturating_sub(SESSION_SEEN_AGAIN_S.saturating_mul(1000))
}

fn lifetimes(settings: &Settings) -> Lifetimes {
    let sessions = settings.sessions;
    Lifetimes { idle_ms: sessions.idle_s.saturating_mul(1000), absolute_ms: sessions.absolute_s.saturating_mul(1000) }
}
