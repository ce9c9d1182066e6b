//! `DELETE /v1/orgs/{org}/oauth-clients/{oauth_client}`: no more tokens for this client.

use latchkey_domain::decide::oauth_client::revoke;
use latchkey_domain::{OauthClientId, OrgId};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::oauth;

pub(crate) async fn revoke_oauth_client(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, OauthClientId) = (call.path("org")?, call.path("oauth_client")?);
    change(
        &call,
        async |db, ask| oauth::one(db, ask, &org, &id).await,
        |context| {
            let (actor, client) = context.into_actor(call.now_ms())?;
            let command = revoke(&actor, client.as_ref())?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
