//! A sign-in between its two requests: whose browser began it, at which provider, and what binds the answer to it.

use latchkey_domain::OidcStateId;
use latchkey_domain::secret::{SecretKey, hex, token_hash, unhex};
use latchkey_edge::{Call, Problem, ProviderName, random};
use latchkey_identity::{Asking, Metadata, Provider};

/// The provider that the path names.
pub(crate) fn provider(call: &Call) -> Result<&Provider, Problem> {
    let named: ProviderName = call.path("provider")?;
    let found = call.settings().oidc_providers()?.iter().find(|provider| provider.id == named.0);
    found.ok_or_else(|| Problem::not_found("identity provider"))
}

/// Where the provider sends the browser back to: an address of each provider's own, so that the answer of one cannot be
/// passed off as another's.
pub(crate) fn redirect_uri(call: &Call, provider: &Provider) -> String {
    format!("{}/v1/auth/oidc/{}/callback", call.settings().public_url, provider.id)
}

/// The secret of the browser that asks, if it has one that could be ours.
pub(crate) fn browser(call: &Call) -> Option<String> {
    let secret = call.head().cookie(call.settings().oidc_cookie())?;
    unhex(secret).map(|_| secret.to_owned())
}

/// A secret for a browser that has none.
pub(crate) fn new_browser() -> String {
    hex(&random::bytes::<32>())
}

/// What is stored of it.
pub(crate) fn browser_hash(secret: &str) -> String {
    token_hash(secret)
}

/// What the provider is told of a sign-in, all of it derived.
pub(crate) struct Bindings {
    state: String,
    pub(crate) nonce: String,
    verifier: String,
    redirect_uri: String,
}

impl Bindings {
    pub(crate) fn of(call: &Call, provider: &Provider, key: &SecretKey, id: &OidcStateId) -> Self {
        Self {
            state: key.oidc_state(id),
            nonce: key.oidc_nonce(id),
            verifier: key.oidc_verifier(id),
            redirect_uri: redirect_uri(call, provider),
        }
    }

    pub(crate) fn asking<'a>(&'a self, provider: &'a Provider, metadata: &'a Metadata) -> Asking<'a> {
        Asking {
            provider,
            metadata,
            redirect_uri: &self.redirect_uri,
            state: &self.state,
            nonce: &self.nonce,
            verifier: &self.verifier,
        }
    }
}
