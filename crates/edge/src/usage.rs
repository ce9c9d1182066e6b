//! What is recorded of a key's use. A change records it in its own statement; every other request after its answer has left, so
//! that reading waits for no writing.

use latchkey_api::limits::USER_AGENT_CHARS_MAX;
use latchkey_api::{Call, Head};
use latchkey_domain::{ActivityId, OrgId};
use latchkey_store::key;
use serde_json::{Value, json};

use crate::{clock, db, random};

/// A use that is still to be recorded.
#[derive(Debug)]
pub(crate) struct Use {
    token_hash: String,
    org: Option<OrgId>,
    client: Value,
}

/// Where a key's use came from, as the store records it.
pub(crate) fn client(call: &Call) -> Value {
    client_of(call.route().operation, call.head(), call.settings().trusted_proxy_hops)
}

/// The same of a request that has been answered.
pub(crate) fn client_of(operation: &str, head: &Head, trusted_proxy_hops: u8) -> Value {
    let user_agent = head.header("user-agent").map(|it| it.chars().take(USER_AGENT_CHARS_MAX).collect::<String>());
    let ip = head.client_addr(trusted_proxy_hops).map(|addr| addr.to_string());
    json!({"operation": operation, "ip": ip, "user_agent": user_agent})
}

impl Use {
    /// The use that a call is, if it came with a key.
    pub(crate) fn of(call: &Call) -> Option<Self> {
        let token_hash = call.credential().filter(|_| call.is_key()).map(|it| it.token_hash.clone())?;
        Some(Self { token_hash, org: call.path::<OrgId>("org").ok(), client: client(call) })
    }

    /// Writes it down, with how the request was answered. A use that cannot be written is told to the operator: the answer has
    /// left already.
    pub(crate) async fn record(mut self, component: &str, status: u16) {
        let now = clock::now();
        if let Some(client) = self.client.as_object_mut() {
            client.insert("status".to_owned(), Value::from(status));
        }
        let id = ActivityId::new(random::uuid_v7(now));
        let used = key::Use {
            id: &id,
            token_hash: &self.token_hash,
            org: self.org.as_ref(),
            client: &self.client,
            now: now.0,
        };
        let recorded = match db::activity_db().await {
            Ok(db) => key::record_use(&db, &used).await.map_err(|fault| fault.to_string()),
            Err(problem) => Err(problem.detail.to_string()),
        };
        if let Err(fault) = recorded {
            eprintln!("{component} the use of a key is not recorded: {fault}");
        }
    }
}
