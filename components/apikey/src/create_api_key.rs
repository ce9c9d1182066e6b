//! `POST /v1/orgs/{org}/api-keys`: a key in a member's name, which only this answer shows.

use latchkey_domain::decide::api_key::{Create, create};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{ApiKeyId, OrgId, Refusal};
use latchkey_edge::change::{Answer, AnswerKey, Decision, change};
use latchkey_edge::limits::KEY_LIFETIME_S_MAX;
use latchkey_edge::model::CreateApiKey;
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};
use latchkey_store::key;

use crate::secret::secret;

pub(crate) async fn create_api_key(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let request: CreateApiKey = call.body()?;
    let signing = call.settings().signing_key()?;
    let now = call.now_ms();
    let latest = now.saturating_add(i64::try_from(KEY_LIFETIME_S_MAX.saturating_mul(1000)).unwrap_or(i64::MAX));
    if request.expires_at.is_some_and(|at| at.0 <= now || at.0 > latest) {
        return Err(Problem::field(
            "expires_at",
            "out_of_range",
            "This must lie in the future, at most ten years ahead.",
        ));
    }
    change(
        &call,
        async |db, ask| key::new(db, ask, &org, request.member.as_ref(), request.project.as_ref()).await,
        |context| {
            let (actor, facts) = context.into_actor(now)?;
            let id = ApiKeyId::new(Entropy.uuid());
            let ask = Create {
                id: id.clone(),
                name: request.name.as_str(),
                secret: secret(signing, &id, 1),
                scopes: request.scopes.clone().map(|scopes| scopes.0),
                project: request.project.as_ref(),
                expires_at: request.expires_at.map(|at| at.0),
                rate: request.rate_limit.map(|limit| limit.0),
            };
            let (command, created) = create(&actor, facts.holder.as_ref(), facts.project.as_ref(), ask)?;
            let holder = facts.holder.ok_or(Refusal::NotFound("member"))?;
            let shown = represent::new_api_key(&id, &created, &holder, &actor.policy, actor.effective_at());
            let secret =
                AnswerKey { id: id.clone(), generation: created.secret.generation, key_id: created.secret.key_id };
            let answer = Answer::created(&shown, format!("/v1/orgs/{org}/api-keys/{id}")).with_key(secret);
            Ok(Decision::Change(Box::new(command), answer))
        },
    )
    .await
}
