//! `GET /v1/orgs/{org}/oauth-clients/{oauth_client}`: one machine client, without its secret.

use latchkey_domain::{OauthClientId, OrgId, Refusal};
use latchkey_edge::change::ask;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::oauth;

pub(crate) async fn get_oauth_client(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, OauthClientId) = (call.path("org")?, call.path("oauth_client")?);
    let context = oauth::one(&db().await?, &ask(&call, None), &org, &id).await?;
    let (actor, client) = context.into_actor(call.now_ms())?;
    actor.require("oauth_client.manage")?;
    let client = client.ok_or(Refusal::NotFound("OAuth client"))?;
    Ok(Reply::ok(&represent::oauth_client(&client, &actor.policy)))
}
