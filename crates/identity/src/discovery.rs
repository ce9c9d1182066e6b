//! What an issuer says of itself (OpenID Connect Discovery 1.0; RFC 8414).

use serde::{Deserialize, Serialize};

use crate::provider::AuthMethod;
use crate::url::Transport;

/// What is needed of the document. Kept in a cache as it is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    pub issuer: String,
    #[serde(default)]
    pub authorization_endpoint: String,
    #[serde(default)]
    pub token_endpoint: String,
    pub jwks_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_endpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Why a document is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataFault {
    #[error("is no OpenID configuration")]
    Malformed,
    #[error("is of {0}, which is not the issuer to the letter")]
    Issuer(String),
    #[error("has an address at {0} that cannot be used")]
    Endpoint(&'static str),
}

/// Where an issuer's document is.
pub fn discovery_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// What the issuer is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// To sign people in.
    SignIn,
    /// For its keys only.
    Keys,
}

impl Metadata {
    /// Reads the document of that issuer. Another issuer's would send people, and their codes, to wherever that one likes.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn read(bytes: &[u8], issuer: &str, transport: Transport, wanted: Use) -> Result<Self, MetadataFault> {
        let read: Self = serde_json::from_slice(bytes).map_err(|_| MetadataFault::Malformed)?;
        if read.issuer != issuer {
            return Err(MetadataFault::Issuer(read.issuer.chars().take(200).collect()));
        }
        let mut endpoints = vec![("jwks_uri", read.jwks_uri.as_str())];
        if wanted == Use::SignIn {
            endpoints.push(("authorization_endpoint", &read.authorization_endpoint));
            endpoints.push(("token_endpoint", &read.token_endpoint));
            endpoints.extend(read.userinfo_endpoint.as_deref().map(|url| ("userinfo_endpoint", url)));
        }
        match endpoints.iter().find(|(_, url)| !transport.allows(url)) {
            Some((name, _)) => Err(MetadataFault::Endpoint(name)),
            None => Ok(read),
        }
    }

    /// How the client shows who it is, where its configuration leaves it to the issuer. `client_secret_basic` is what one that says
    /// nothing takes.
    pub(crate) fn auth_method(&self) -> AuthMethod {
        let Some(supported) = &self.token_endpoint_auth_methods_supported else { return AuthMethod::Basic };
        let has = |name: &str| supported.iter().any(|it| it == name);
        if has("client_secret_post") && !has("client_secret_basic") { AuthMethod::Post } else { AuthMethod::Basic }
    }

    /// Whether its answers name it (RFC 9207), so that one without a name is not its answer.
    pub(crate) fn names_itself(&self) -> bool {
        self.authorization_response_iss_parameter_supported
    }
}
