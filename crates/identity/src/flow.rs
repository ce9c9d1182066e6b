//! The authorization code flow (OpenID Connect Core 1.0, 3.1) with PKCE (RFC 7636): where the browser is sent, what it brings back,
//! and how the code is traded for a token.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use form_urlencoded::{Serializer, byte_serialize};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::client_secret::ClientSecret;
use crate::discovery::Metadata;
use crate::provider::{AuthMethod, Provider, ResponseMode};

/// Longest error code of a provider that is repeated in the service's log.
const ERROR_CHARS_MAX: usize = 60;

/// What a provider is asked when a sign-in begins.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    pub provider: &'a Provider,
    pub metadata: &'a Metadata,
    pub redirect_uri: &'a str,
    /// Comes back in the answer: binds it to the sign-in that was begun.
    pub state: &'a str,
    /// Comes back in the token: binds it to the same.
    pub nonce: &'a str,
    /// 43 to 128 unreserved characters, which never leave before the code is traded: binds the code to whoever asked for it.
    pub verifier: &'a str,
}

impl Asking<'_> {
    /// Where the browser is sent.
    pub fn url(&self) -> String {
        let mut query = Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.provider.client_id)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("scope", &self.provider.scopes.join(" "))
            .append_pair("state", self.state)
            .append_pair("nonce", self.nonce)
            .append_pair("code_challenge", &code_challenge(self.verifier))
            .append_pair("code_challenge_method", "S256");
        if self.provider.response_mode == ResponseMode::FormPost {
            query.append_pair("response_mode", "form_post");
        }
        let endpoint = &self.metadata.authorization_endpoint;
        let separator = if endpoint.contains('?') { '&' } else { '?' };
        // Apple reads a plus as a plus.
        format!("{endpoint}{separator}{}", query.finish().replace('+', "%20"))
    }
}

/// The parameters that have a value, as the query of an address.
pub fn query<'a>(parameters: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let present = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    Serializer::new(String::new()).extend_pairs(present).finish()
}

/// The challenge of a verifier, by the method S256 (RFC 7636, 4.2).
pub fn code_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// What the browser has brought back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answer<'a> {
    pub code: Option<&'a str>,
    pub error: Option<&'a str>,
    pub iss: Option<&'a str>,
}

/// Why there is nothing to go on with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    /// With the provider's own word for it.
    #[error("the provider refused: {0}")]
    Refused(String),
    #[error("the answer is another issuer's")]
    Issuer,
    #[error("the answer has no code")]
    NoCode,
}

/// The code, if the answer is that issuer's. An answer that names another is none, so that one provider's code is never sent to
/// another (RFC 9207).
///
/// # Errors
/// When the provider has refused, or the answer is another's.
pub fn answer<'a>(answer: &Answer<'a>, provider: &Provider, metadata: &Metadata) -> Result<&'a str, AnswerFault> {
    match answer.iss {
        Some(issuer) if issuer != provider.issuer => return Err(AnswerFault::Issuer),
        None if metadata.names_itself() => return Err(AnswerFault::Issuer),
        _ => {}
    }
    if let Some(error) = answer.error {
        let is_plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_' || *c == '.';
        return Err(AnswerFault::Refused(error.chars().filter(is_plain).take(ERROR_CHARS_MAX).collect()));
    }
    answer.code.ok_or(AnswerFault::NoCode)
}

/// A request that trades a code for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl TokenRequest {
    pub fn new(asking: &Asking<'_>, code: &str, now_s: i64) -> Self {
        let (provider, metadata) = (asking.provider, asking.metadata);
        let client = provider.client_id.as_str();
        let secret = match &provider.client_secret {
            ClientSecret::None => None,
            ClientSecret::Text(secret) => Some(secret.clone()),
            ClientSecret::Apple(key) => Some(key.secret(client, &provider.issuer, now_s)),
        };
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", asking.redirect_uri)
            .append_pair("code_verifier", asking.verifier);
        let mut headers = vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("accept", "application/json".to_owned()),
        ];
        match (secret, provider.auth_method.unwrap_or_else(|| metadata.auth_method())) {
            (None, _) => drop(form.append_pair("client_id", client)),
            (Some(secret), AuthMethod::Post) => {
                form.append_pair("client_id", client).append_pair("client_secret", &secret);
            }
            (Some(secret), AuthMethod::Basic) => {
                // Each is encoded as in a form before (RFC 6749, 2.3.1).
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let both = STANDARD.encode(format!("{}:{}", encoded(client), encoded(&secret)));
                headers.push(("authorization", format!("Basic {both}")));
            }
        }
        Self { url: metadata.token_endpoint.clone(), headers, body: form.finish().into_bytes() }
    }
}

/// What a code is traded for.
#[derive(Deserialize)]
pub struct TokenAnswer {
    pub id_token: String,
    access_token: Option<String>,
}

impl TokenAnswer {
    /// `None` for whatever is no such answer.
    pub fn read(status: u16, body: &[u8]) -> Option<Self> {
        if status == 200 { serde_json::from_slice(body).ok() } else { None }
    }
}

/// Where, and with what in `authorization`, a provider says more of a person than its token did.
pub fn user_info(metadata: &Metadata, answer: &TokenAnswer) -> Option<(String, String)> {
    let token = answer.access_token.as_ref().filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()))?;
    Some((metadata.userinfo_endpoint.clone()?, format!("Bearer {token}")))
}
