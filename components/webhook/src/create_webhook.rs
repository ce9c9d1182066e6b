//! `POST /v1/orgs/{org}/webhooks`: an endpoint that is told of events from now on; what signs is in this answer only.

use latchkey_domain::decide::webhook::{Create, create};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{OrgId, WebhookId};
use latchkey_edge::change::{Answer, AnswerWebhook, Decision, change};
use latchkey_edge::model::CreateWebhook;
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};
use latchkey_store::webhook;

use crate::target::allow;

pub(crate) async fn create_webhook(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let request: CreateWebhook = call.body()?;
    allow(&call, &request.url)?;
    let key = call.settings().signing_key()?;
    change(
        &call,
        async |db, ask| webhook::new(db, ask, &org).await,
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let id = WebhookId::new(Entropy.uuid());
            let (url, description, types) = (&request.url.0, &request.description.0, &request.types.0);
            let ask = Create { id: id.clone(), url, description, types, key_id: key.id() };
            let (command, created) = create(&actor, facts.present, ask)?;
            let webhook = represent::new_webhook(&id, &created, actor.effective_at());
            let answer = Answer::created(&webhook, format!("/v1/orgs/{org}/webhooks/{id}"));
            let secret = AnswerWebhook { id, generation: created.generation, key_id: created.key_id };
            Ok(Decision::Change(Box::new(command), answer.with_webhook(secret)))
        },
    )
    .await
}
