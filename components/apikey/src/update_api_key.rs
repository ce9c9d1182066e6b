//! `PATCH /v1/orgs/{org}/api-keys/{key}`: another name, other scopes.

use latchkey_domain::decide::api_key::{Update, update};
use latchkey_domain::facts::KeyFacts;
use latchkey_domain::{ApiKeyId, OrgId, Refusal};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::UpdateApiKey;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::key;

pub(crate) async fn update_api_key(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, ApiKeyId) = (call.path("org")?, call.path("key")?);
    let request: UpdateApiKey = call.body()?;
    let wanted =
        Update { name: request.name.as_ref().map(|name| name.as_str()), scopes: request.scopes.map(|scopes| scopes.0) };
    change(
        &call,
        async |db, ask| key::one(db, ask, &org, &id).await,
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let command = update(&actor, facts.key.as_ref(), facts.holder.as_ref(), &wanted)?;
            let key = facts.key.ok_or(Refusal::NotFound("API key"))?;
            let changed = KeyFacts {
                name: wanted.name.map_or_else(|| key.name.clone(), str::to_owned),
                scopes: wanted.scopes.clone().or(key.scopes.clone()),
                ..key
            };
            let shown = represent::api_key(&changed, &actor.policy, call.now_ms());
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown)))
        },
    )
    .await
}
