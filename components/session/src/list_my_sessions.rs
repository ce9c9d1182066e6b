//! `GET /v1/me/sessions`: where the person asking is signed in.

use latchkey_edge::change::ask;
use latchkey_edge::model::{ListMySessions, MySession};
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::session;

pub(crate) async fn list_my_sessions(call: Call) -> Result<Reply, Problem> {
    let query: ListMySessions = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let before = page.after().map(|key| key.text(0)).transpose()?;
    let context = session::list(&db().await?, &ask(&call, None), before, page.rows_wanted()).await?;
    represent::who(context.who)?;
    let entries = context.facts.into_iter().map(|it| (Key::new([it.id.to_string().into()]), MySession::from(it)));
    Ok(Reply::page(&page.page(entries.collect())))
}
