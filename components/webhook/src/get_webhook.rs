//! `GET /v1/orgs/{org}/webhooks/{webhook}`: one webhook, without its secret.

use latchkey_domain::{OrgId, Refusal, WebhookId};
use latchkey_edge::change::ask;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::webhook;

pub(crate) async fn get_webhook(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, WebhookId) = (call.path("org")?, call.path("webhook")?);
    let context = webhook::one(&db().await?, &ask(&call, None), &org, &id).await?;
    let (actor, webhook) = context.into_actor(call.now_ms())?;
    actor.require("webhook.manage")?;
    let webhook = webhook.ok_or(Refusal::NotFound("webhook"))?;
    Ok(Reply::ok(&represent::webhook(&webhook)))
}
