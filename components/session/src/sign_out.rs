//! `DELETE /v1/auth/session`: ends the session that the request is made with.

use latchkey_edge::{Call, Problem, Reply, db};
use latchkey_store::account;

pub(crate) async fn sign_out(call: Call) -> Result<Reply, Problem> {
    let credential = call.session()?;
    let ended = account::sign_out(&db().await?, &credential.token_hash, call.now_ms()).await?;
    ended.ok_or_else(Problem::unauthenticated)?;
    Ok(Reply::no_content().without_session_cookie(call.settings()))
}
