//! `GET /v1/me/joinable`: the organizations that let the person in by the domain of their address.

use latchkey_edge::change::ask;
use latchkey_edge::model::ListJoinable;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::joining;

/// At most one, because a domain is verified by one organization; a list, because that may change.
pub(crate) async fn list_joinable(call: Call) -> Result<Reply, Problem> {
    let query: ListJoinable = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let context = joining::held(&db().await?, &ask(&call, None)).await?;
    represent::who(context.who)?;
    let mut entries = Vec::new();
    if let Some(held) = context.held {
        let joinable = represent::joinable(&held, &*held.org.rules()?);
        entries.extend(joinable.map(|joinable| (Key::new([held.org.id.to_string().into()]), joinable)));
    }
    Ok(Reply::page(&page.page(entries)))
}
