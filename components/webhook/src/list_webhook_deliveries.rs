//! `GET /v1/orgs/{org}/webhooks/{webhook}/deliveries`: what became of telling a webhook, the newest events first.

use latchkey_domain::{OrgId, Refusal, WebhookId};
use latchkey_edge::change::ask;
use latchkey_edge::model::ListWebhookDeliveries;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::webhook;

pub(crate) async fn list_webhook_deliveries(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, WebhookId) = (call.path("org")?, call.path("webhook")?);
    let query: ListWebhookDeliveries = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let undelivered = query.status.map(|status| status.as_str());
    let place = (page.before()?, page.rows_wanted());
    let context = webhook::deliveries(&db().await?, &ask(&call, None), &org, &id, undelivered, place).await?;
    let (actor, deliveries) = context.into_actor(call.now_ms())?;
    actor.require("webhook.manage")?;
    let deliveries = deliveries.ok_or(Refusal::NotFound("webhook"))?;
    let shown = |it| represent::webhook_delivery(it);
    let entries = deliveries.iter().map(|delivery| (Key::new([delivery.version.into()]), shown(delivery)));
    Ok(Reply::page(&page.page(entries.collect())))
}
