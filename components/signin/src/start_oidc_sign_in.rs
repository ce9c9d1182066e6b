//! `GET /v1/auth/oidc/{provider}`: sends a browser to an identity provider.

use latchkey_domain::fresh::Fresh;
use latchkey_domain::secret::InvitationToken;
use latchkey_domain::{InvitationId, OidcStateId};
use latchkey_edge::limits::{OIDC_SIGN_IN_LIFETIME_S, OIDC_SIGN_INS_PER_CLIENT_MAX};
use latchkey_edge::model::StartOidcSignIn;
use latchkey_edge::{Call, Entropy, Problem, Reply, db, rate};
use latchkey_identity::{Provider, ReturnPath, Use};
use latchkey_store::identity::{self, Beginning};

use crate::begun::{Bindings, browser, browser_hash, new_browser, provider};
use crate::{issuer, landing};

pub(crate) async fn start_oidc_sign_in(call: Call) -> Result<Reply, Problem> {
    let query: StartOidcSignIn = call.query()?;
    let provider = provider(&call)?;
    let return_to = query.return_to.map(|it| it.0).unwrap_or_default();
    // The token is not kept: whoever has the invited address needs only to say which invitation.
    let invitation =
        query.invitation.and_then(|token| InvitationToken::parse(token.as_str())).map(|it| it.id().clone());
    match begin(&call, provider, &return_to, invitation.as_ref()).await {
        Ok(reply) => Ok(reply),
        Err(problem) => landing::refused(&call, &return_to, problem),
    }
}

async fn begin(
    call: &Call,
    provider: &Provider,
    return_to: &ReturnPath,
    invitation: Option<&InvitationId>,
) -> Result<Reply, Problem> {
    rate::count(call, "oidc_start", OIDC_SIGN_INS_PER_CLIENT_MAX).await?;
    let metadata = issuer::metadata(call, &provider.issuer, Use::SignIn).await?;
    let key = call.settings().signing_key()?;
    let id = OidcStateId::new(Entropy.uuid());
    // A browser keeps its secret, so that two sign-ins begun side by side can both be finished.
    let browser = browser(call).unwrap_or_else(new_browser);
    let beginning = Beginning {
        id: &id,
        provider: &provider.id,
        browser_hash: &browser_hash(&browser),
        key_id: key.id(),
        return_to: return_to.as_str(),
        invitation,
        now: call.now_ms(),
        expires_at: call.now_ms().saturating_add(OIDC_SIGN_IN_LIFETIME_S.saturating_mul(1000)),
    };
    identity::begin(&db().await?, &beginning).await?;
    let url = Bindings::of(call, provider, key, &id).asking(provider, &metadata).url();
    Ok(Reply::see_other(url).oidc_cookie(call.settings(), &browser, OIDC_SIGN_IN_LIFETIME_S))
}
