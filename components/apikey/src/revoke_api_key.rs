//! `DELETE /v1/orgs/{org}/api-keys/{key}`: ends a key.

use latchkey_domain::decide::api_key::revoke;
use latchkey_domain::{ApiKeyId, OrgId};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::key;

pub(crate) async fn revoke_api_key(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, ApiKeyId) = (call.path("org")?, call.path("key")?);
    change(
        &call,
        async |db, ask| key::one(db, ask, &org, &id).await,
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let command = revoke(&actor, facts.key.as_ref())?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
