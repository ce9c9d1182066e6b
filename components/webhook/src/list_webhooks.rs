//! `GET /v1/orgs/{org}/webhooks`: the organization's webhooks, newest first, without their secrets.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::ListWebhooks;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::webhook;

pub(crate) async fn list_webhooks(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListWebhooks = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let context = webhook::list(&db().await?, &ask(&call, None), &org, page.before()?, page.rows_wanted()).await?;
    let (actor, webhooks) = context.into_actor(call.now_ms())?;
    actor.require("webhook.manage")?;
    let entries = webhooks.iter().map(|webhook| (Key::new([webhook.place.into()]), represent::webhook(webhook)));
    Ok(Reply::page(&page.page(entries.collect())))
}
