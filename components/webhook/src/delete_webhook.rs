//! `DELETE /v1/orgs/{org}/webhooks/{webhook}`: it is told nothing any more.

use latchkey_domain::decide::webhook::delete;
use latchkey_domain::{OrgId, WebhookId};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::webhook;

pub(crate) async fn delete_webhook(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, WebhookId) = (call.path("org")?, call.path("webhook")?);
    change(
        &call,
        async |db, ask| webhook::one(db, ask, &org, &id).await,
        |context| {
            let (actor, webhook) = context.into_actor(call.now_ms())?;
            Ok(Decision::Change(Box::new(delete(&actor, webhook.as_ref())?), Answer::no_content()))
        },
    )
    .await
}
