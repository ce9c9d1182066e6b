//! `POST /v1/orgs/{org}/oauth-clients`: a machine client, whose secret only this answer shows.

use latchkey_domain::decide::oauth_client::{Create, create};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{OauthClientId, OrgId};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::CreateOauthClient;
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};
use latchkey_store::oauth;

use crate::secret::{secret, shown};

pub(crate) async fn create_oauth_client(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let request: CreateOauthClient = call.body()?;
    if request.scopes.0.is_empty() {
        return Err(Problem::field("scopes", "too_short", "This must name a permission."));
    }
    let key = call.settings().signing_key()?;
    change(
        &call,
        async |db, ask| oauth::new(db, ask, &org).await,
        |context| {
            let (actor, facts) = context.into_actor(call.now_ms())?;
            let id = OauthClientId::new(Entropy.uuid());
            let secret = secret(key, &id, 1);
            let (name, scopes) = (request.name.as_str(), &request.scopes.0);
            let ask = Create { id: id.clone(), name, scopes, secret: secret.clone() };
            let (command, created) = create(&actor, facts.active, ask)?;
            let client = represent::new_oauth_client(&id, &created, &actor.policy, actor.effective_at());
            let answer = Answer::created(&client, format!("/v1/orgs/{org}/oauth-clients/{id}"));
            Ok(Decision::Change(Box::new(command), answer.with_client(shown(id, secret))))
        },
    )
    .await
}
