//! `GET /v1/orgs/{org}/api-keys/{key}`: one key, without its text.

use latchkey_domain::decide::api_key::managed;
use latchkey_domain::{ApiKeyId, OrgId};
use latchkey_edge::change::ask;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::key;

pub(crate) async fn get_api_key(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, ApiKeyId) = (call.path("org")?, call.path("key")?);
    let context = key::one(&db().await?, &ask(&call, None), &org, &id).await?;
    let (actor, facts) = context.into_actor(call.now_ms())?;
    let key = managed(&actor, facts.key.as_ref())?;
    Ok(Reply::ok(&represent::api_key(key, &actor.policy, call.now_ms())))
}
