//! `GET /oauth/jwks`: the keys that access tokens are checked with.

use latchkey_edge::limits::OAUTH_METADATA_MAX_AGE_S;
use latchkey_edge::{Call, Problem, Reply, represent};

pub(crate) async fn get_jwks(call: Call) -> Result<Reply, Problem> {
    let keys = represent::jwks(call.settings().secret_keys()?);
    Ok(Reply::ok(&keys).header("cache-control", format!("public, max-age={OAUTH_METADATA_MAX_AGE_S}")))
}
