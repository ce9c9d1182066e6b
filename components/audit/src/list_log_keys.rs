//! `GET /v1/log/keys`: what the signatures of checkpoints are checked with.

use latchkey_edge::model::ListLogKeys;
use latchkey_edge::{Call, Problem, Reply, represent};

pub(crate) async fn list_log_keys(call: Call) -> Result<Reply, Problem> {
    let query: ListLogKeys = call.query()?;
    let keys = call.settings().secret_keys()?;
    Ok(Reply::ok(&represent::log_keys(keys, call.settings(), query.organization.as_ref())))
}
