//! `GET /v1/orgs/{org}/events`: events as webhooks are told of them, in their order, for whoever polls.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::ListEvents;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::webhook;

pub(crate) async fn list_events(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListEvents = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let after = page.before()?.or(query.after.map(|after| after.0)).unwrap_or_default();
    let context = webhook::events(&db().await?, &ask(&call, None), &org, after, page.rows_wanted()).await?;
    let (actor, events) = context.into_actor(call.now_ms())?;
    actor.require("webhook.manage")?;
    let entries =
        events.into_iter().map(|told| (Key::new([told.version.into()]), represent::event_message(told, None)));
    Ok(Reply::page(&page.page(entries.collect())))
}
