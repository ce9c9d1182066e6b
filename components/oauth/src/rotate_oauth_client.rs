//! `POST /v1/orgs/{org}/oauth-clients/{oauth_client}/rotate`: a new secret, which only this answer shows.

use latchkey_domain::decide::oauth_client::rotate;
use latchkey_domain::facts::ClientFacts;
use latchkey_domain::{OauthClientId, OrgId, Refusal};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::RotateOauthClient;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::oauth;

use crate::secret::{secret, shown};

pub(crate) async fn rotate_oauth_client(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, OauthClientId) = (call.path("org")?, call.path("oauth_client")?);
    let overlap = call.optional_body::<RotateOauthClient>()?.map(|request| request.overlap_s).unwrap_or_default();
    let key = call.settings().signing_key()?;
    change(
        &call,
        async |db, ask| oauth::one(db, ask, &org, &id).await,
        |context| {
            let (actor, client) = context.into_actor(call.now_ms())?;
            let next = |client: &ClientFacts| secret(key, &id, client.generation.saturating_add(1));
            let (command, rotated) = rotate(&actor, client.as_ref(), next, overlap.0)?;
            let client = client.ok_or(Refusal::NotFound("OAuth client"))?;
            let answer = Answer::ok(&represent::oauth_client(&client, &actor.policy));
            Ok(Decision::Change(Box::new(command), answer.with_client(shown(id.clone(), rotated.secret))))
        },
    )
    .await
}
