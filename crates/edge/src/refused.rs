//! Counts what senders of events are refused, so that the operator sees it: as hints, because what anybody could send must not be
//! work for the database.

use std::collections::BTreeMap;

use latchkey_api::{Code, Timestamp};
use serde::{Deserialize, Serialize};

use crate::kv;

/// How often one thing was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Two at once may count as one.
    pub count: u64,
    /// Milliseconds since 1970.
    pub first_at: i64,
    pub last_at: i64,
}

/// By the code of the refusal.
pub type Refusals = BTreeMap<String, Refused>;

/// What an operation has refused, as far as the hints remember.
pub async fn of(operation: &str) -> Refusals {
    kv::get(&key(operation)).await.unwrap_or_default()
}

/// Counts a refusal. What broke on our side is none.
pub(crate) async fn count(operation: &str, code: Code, now: Timestamp) {
    if code.status() >= 500 {
        return;
    }
    let mut refusals = of(operation).await;
    let entry = refusals.entry(code.name().to_owned());
    let refused = entry.or_insert(Refused { count: 0, first_at: now.0, last_at: now.0 });
    refused.count = refused.count.saturating_add(1);
    refused.last_at = now.0;
    kv::set(&key(operation), &refusals).await;
}

fn key(operation: &str) -> String {
    format!("refused:{operation}")
}
