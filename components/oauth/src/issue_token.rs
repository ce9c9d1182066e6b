//! `POST /oauth/token`: an access token for a client that shows its secret.

use latchkey_domain::fresh::Fresh;
use latchkey_domain::oauth::{Claims, TOKEN_LIFETIME_S, sign};
use latchkey_edge::model::AccessToken;
use latchkey_edge::oauth::{TokenRefusal, granted, read};
use latchkey_edge::{Call, Entropy, Problem, Reply, db};
use latchkey_store::oauth::authenticate;

pub(crate) async fn issue_token(call: Call) -> Result<Reply, Problem> {
    let asked = match read(&call) {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refusal.reply()),
    };
    let found = authenticate(&db().await?, &asked.client, &asked.secret_hash, call.now_ms()).await?;
    let Some(found) = found else { return Ok(TokenRefusal::Client.reply()) };
    let scope = match granted(asked.scope.as_ref(), found.client.may(&*found.rules()?)) {
        Ok(scope) => scope,
        Err(refusal) => return Ok(refusal.reply()),
    };
    let (issuer, now_s) = (call.settings().public_url.as_str(), call.now_ms().div_euclid(1000));
    let claims = Claims {
        iss: issuer,
        sub: &found.client.id,
        client_id: &found.client.id,
        aud: issuer,
        exp: now_s.saturating_add(TOKEN_LIFETIME_S),
        iat: now_s,
        jti: &Entropy.uuid().simple().to_string(),
        scope: &scope,
        org: &found.org,
    };
    let access_token = sign(call.settings().signing_key()?, &claims);
    let token = AccessToken { access_token, token_type: "Bearer".to_owned(), expires_in: TOKEN_LIFETIME_S, scope };
    Ok(Reply::ok(&token).header("pragma", "no-cache"))
}
