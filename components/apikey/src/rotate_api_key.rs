//! `POST /v1/orgs/{org}/api-keys/{key}/rotate`: a new text, which only this answer shows.

use latchkey_domain::decide::api_key::rotate;
use latchkey_domain::facts::KeyFacts;
use latchkey_domain::{ApiKeyId, OrgId, Refusal};
use latchkey_edge::change::{Answer, AnswerKey, Decision, change};
use latchkey_edge::model::RotateApiKey;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::key;

use crate::secret::secret;

pub(crate) async fn rotate_api_key(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, ApiKeyId) = (call.path("org")?, call.path("key")?);
    let overlap = call.optional_body::<RotateApiKey>()?.map(|request| request.overlap_s).unwrap_or_default();
    let signing = call.settings().signing_key()?;
    let next = |key: &KeyFacts| secret(signing, &key.id, key.generation.saturating_add(1));
    change(
        &call,
        async |db, ask| key::one(db, ask, &org, &id).await,
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let (command, rotated) = rotate(&actor, facts.key.as_ref(), next, overlap.0)?;
            let key = facts.key.ok_or(Refusal::NotFound("API key"))?;
            let secret = rotated.secret;
            let shown = KeyFacts { label: secret.label, generation: secret.generation, ..key };
            let shown = represent::api_key(&shown, &actor.policy, call.now_ms());
            let text = AnswerKey { id: id.clone(), generation: secret.generation, key_id: secret.key_id };
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown).with_key(text)))
        },
    )
    .await
}
