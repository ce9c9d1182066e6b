//! `GET /.well-known/oauth-authorization-server`: where OAuth finds what.

use latchkey_edge::limits::OAUTH_METADATA_MAX_AGE_S;
use latchkey_edge::{Call, Problem, Reply, represent};

pub(crate) async fn get_oauth_metadata(call: Call) -> Result<Reply, Problem> {
    let metadata = represent::oauth_metadata(call.settings());
    Ok(Reply::ok(&metadata).header("cache-control", format!("public, max-age={OAUTH_METADATA_MAX_AGE_S}")))
}
