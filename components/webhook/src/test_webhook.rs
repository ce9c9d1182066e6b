//! `POST /v1/orgs/{org}/webhooks/{webhook}/test`: a test event, for this webhook alone.

use latchkey_domain::decide::webhook::test;
use latchkey_domain::{OrgId, Refusal, WebhookId};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::webhook;

pub(crate) async fn test_webhook(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, WebhookId) = (call.path("org")?, call.path("webhook")?);
    change(
        &call,
        async |db, ask| webhook::one(db, ask, &org, &id).await,
        |context| {
            let (actor, webhook) = context.into_actor(call.now_ms())?;
            let command = test(&actor, webhook.as_ref())?;
            let webhook = webhook.ok_or(Refusal::NotFound("webhook"))?;
            Ok(Decision::Change(Box::new(command), Answer::ok(&represent::webhook(&webhook))))
        },
    )
    .await
}
