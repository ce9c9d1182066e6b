//! `PATCH /v1/orgs/{org}/oauth-clients/{oauth_client}`: another name.

use latchkey_domain::decide::oauth_client::rename;
use latchkey_domain::facts::ClientFacts;
use latchkey_domain::{OauthClientId, OrgId, Refusal};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::RenameOauthClient;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::oauth;

pub(crate) async fn rename_oauth_client(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, OauthClientId) = (call.path("org")?, call.path("oauth_client")?);
    let request: RenameOauthClient = call.body()?;
    change(
        &call,
        async |db, ask| oauth::one(db, ask, &org, &id).await,
        |context| {
            let (actor, client) = context.into_actor(call.now_ms())?;
            let command = rename(&actor, client.as_ref(), request.name.as_str())?;
            let client = client.ok_or(Refusal::NotFound("OAuth client"))?;
            let renamed = ClientFacts { name: request.name.to_string(), ..client };
            let shown = represent::oauth_client(&renamed, &actor.policy);
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown)))
        },
    )
    .await
}
