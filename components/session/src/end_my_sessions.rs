//! `DELETE /v1/me/sessions`: ends the sessions of the person asking, all others or all of them.

use latchkey_edge::change::ask;
use latchkey_edge::model::{CurrentSession, EndMySessions, EndedSessions};
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::{account, session};

pub(crate) async fn end_my_sessions(call: Call) -> Result<Reply, Problem> {
    let query: EndMySessions = call.query()?;
    let db = db().await?;
    let who = represent::who(account::me(&db, &ask(&call, None)).await?.who)?;
    let kept = who.proof.session().filter(|_| query.current == CurrentSession::Keep);
    let ended = session::end_all(&db, &who.user, kept, call.now_ms()).await?;
    let reply = Reply::ok(&EndedSessions { ended: u64::try_from(ended).unwrap_or(u64::MAX) });
    Ok(if kept.is_none() { reply.without_session_cookie(call.settings()) } else { reply })
}
