//! `POST /v1/orgs/{org}/webhooks/{webhook}/rotate`: a new secret, beside which the old one signs for a while.

use latchkey_domain::decide::webhook::rotate;
use latchkey_domain::{OrgId, Refusal, WebhookId};
use latchkey_edge::change::{Answer, AnswerWebhook, Decision, change};
use latchkey_edge::model::RotateWebhook;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::webhook;

pub(crate) async fn rotate_webhook(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, WebhookId) = (call.path("org")?, call.path("webhook")?);
    let overlap = call.optional_body::<RotateWebhook>()?.map(|request| request.overlap_s).unwrap_or_default();
    let key = call.settings().signing_key()?;
    change(
        &call,
        async |db, ask| webhook::one(db, ask, &org, &id).await,
        |context| {
            let (actor, webhook) = context.into_actor(call.now_ms())?;
            let (command, rotated) = rotate(&actor, webhook.as_ref(), key.id(), overlap.0)?;
            let webhook = webhook.ok_or(Refusal::NotFound("webhook"))?;
            let secret = AnswerWebhook { id: id.clone(), generation: rotated.generation, key_id: rotated.key_id };
            let answer = Answer::ok(&represent::webhook(&webhook)).with_webhook(secret);
            Ok(Decision::Change(Box::new(command), answer))
        },
    )
    .await
}
