//! `PATCH /v1/orgs/{org}/webhooks/{webhook}`: another address, other events, off or on.

use latchkey_domain::decide::webhook::update;
use latchkey_domain::event::WebhookChanged;
use latchkey_domain::facts::WebhookFacts;
use latchkey_domain::{OrgId, Refusal, WebhookId};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::UpdateWebhook;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::webhook;

use crate::target::allow;

pub(crate) async fn update_webhook(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, WebhookId) = (call.path("org")?, call.path("webhook")?);
    let request: UpdateWebhook = call.body()?;
    if let Some(url) = &request.url {
        allow(&call, url)?;
    }
    let wished = WebhookChanged {
        url: request.url.map(|url| url.0),
        description: request.description.map(|description| description.0),
        types: request.types.map(|types| types.0),
        on: request.on,
    };
    change(
        &call,
        async |db, ask| webhook::one(db, ask, &org, &id).await,
        |context| {
            let (actor, webhook) = context.into_actor(call.now_ms())?;
            let command = update(&actor, webhook.as_ref(), wished.clone())?;
            let webhook = webhook.ok_or(Refusal::NotFound("webhook"))?;
            let answer = Answer::ok(&represent::webhook(&changed(webhook, &wished)));
            Ok(Decision::Change(Box::new(command), answer))
        },
    )
    .await
}

/// The webhook as it will stand. Turned on, it has another chance.
fn changed(mut webhook: WebhookFacts, wished: &WebhookChanged) -> WebhookFacts {
    let status = |on: bool| if on { "on" } else { "off" }.to_owned();
    let is_same = wished.on.is_none_or(|on| on == webhook.is_on());
    webhook.url = wished.url.clone().unwrap_or(webhook.url);
    webhook.description = wished.description.clone().unwrap_or(webhook.description);
    webhook.types = wished.types.clone().unwrap_or(webhook.types);
    if !is_same {
        webhook.status = wished.on.map_or(webhook.status, status);
    }
    webhook
}
