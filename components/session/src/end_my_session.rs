//! `DELETE /v1/me/sessions/{session}`: ends one of the sessions of the person asking.

use latchkey_domain::SessionId;
use latchkey_edge::change::ask;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::{account, session};

pub(crate) async fn end_my_session(call: Call) -> Result<Reply, Problem> {
    let id: SessionId = call.path("session")?;
    let db = db().await?;
    let who = represent::who(account::me(&db, &ask(&call, None)).await?.who)?;
    if !session::end(&db, &who.user, &id, call.now_ms()).await? {
        return Err(Problem::not_found("session"));
    }
    let reply = Reply::no_content();
    Ok(if who.proof.session() == Some(&id) { reply.without_session_cookie(call.settings()) } else { reply })
}
