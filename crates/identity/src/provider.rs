//! An identity provider as the operator has configured it.

use crate::claims::WhenUnsaid;
use crate::client_secret::ClientSecret;

/// How a provider's answer comes back to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the address that the browser is sent to.
    Query,
    /// As a form that the browser posts from the provider's page (OAuth 2.0 Form Post Response Mode): what Apple wants.
    FormPost,
}

/// How we show a provider who we are (OpenID Connect Core 1.0, 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
}

/// A provider that people can sign in with.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name in addresses: lower-case letters, digits and hyphens.
    pub id: String,
    /// What a sign-in page calls it.
    pub name: String,
    /// To the letter as in its tokens.
    pub issuer: String,
    pub client_id: String,
    pub(crate) client_secret: ClientSecret,
    pub scopes: Vec<String>,
    /// What its addresses count as where it does not say.
    pub when_unsaid: WhenUnsaid,
    /// The domains of addresses that it is believed about, as A-labels in lower case. Empty: all.
    pub domains: Vec<String>,
    pub response_mode: ResponseMode,
    /// `None`: whatever its metadata says.
    pub(crate) auth_method: Option<AuthMethod>,
}

impl Provider {
    /// Whether it is believed about addresses of this domain, given as A-labels in lower case.
    pub fn speaks_for(&self, domain: &str) -> bool {
        self.domains.is_empty() || self.domains.iter().any(|it| it == domain)
    }
}
