//! OAuth clients, the tokens that they get, and what these are checked with.

use std::collections::BTreeSet;

use latchkey_domain::DisplayName;
use serde_json::Value;

use super::{representation, words};
use crate::field_types::{CursorText, Overlap, PageLimit, Scopes, Token};
use crate::fields::{Fault, Field, request};
use crate::time::Timestamp;

words! {
    /// Whether a client gets tokens.
    pub enum OauthClientStatus {
        /// It does.
        Active = "active",
        /// It does not, and never will again.
        Revoked = "revoked",
    }
}

words! {
    /// How a token is asked for.
    pub enum GrantType {
        /// By the client itself, for itself.
        ClientCredentials = "client_credentials",
    }
}

/// Permissions separated by blanks, as OAuth writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeText(pub String);

request! {
    /// Makes an OAuth client.
    pub struct CreateOauthClient {
        /// What people call it.
        pub name: DisplayName,
        /// What its tokens may say: permissions that whoever makes it has.
        pub scopes: Scopes,
    }
}

request! {
    /// Renames an OAuth client.
    pub struct RenameOauthClient {
        /// What people call it.
        pub name: DisplayName,
    }
}

request! {
    /// Gives an OAuth client a new secret.
    pub struct RotateOauthClient {
        /// For how many seconds the present one lives on beside the new one; 0: not at all.
        pub overlap_s: Overlap = Overlap::default(),
    }
}

request! {
    /// Which OAuth clients, and which page of them.
    pub struct ListOauthClients {
        /// Only clients that stand so.
        pub status: Option<OauthClientStatus>,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Asks for an access token (RFC 6749, 4.4.2). Further parameters are left alone.
    pub struct TokenRequest {
        pub grant_type: GrantType,
        /// Permissions separated by blanks; all that the client may do unless given.
        pub scope: Option<ScopeText>,
        /// Who asks, unless HTTP Basic says so.
        pub client_id: Option<Token>,
        /// Its secret, unless HTTP Basic says it.
        pub client_secret: Option<Token>,
    }
}

representation! {
    /// A machine client.
    pub struct OauthClient {
        /// The `client_id` of OAuth.
        pub id: String,
        pub name: String,
        pub status: OauthClientStatus,
        /// What was chosen for it.
        pub scopes: BTreeSet<String>,
        /// What its tokens may say now: of the scopes, what the role of whoever made it still has.
        pub permissions: BTreeSet<String>,
        /// The role, then, of the member who made it.
        pub role: String,
        /// The member who made it. The client does not depend on the membership.
        pub created_by: String,
        pub created_at: Timestamp,
        pub ended_at: Option<Timestamp>,
        /// The `client_secret` of OAuth: shown when it is made or rotated, and to a repetition of that request by its key.
        pub client_secret: Option<String>,
    }

    /// An access token (RFC 6749, 5.1).
    pub struct AccessToken {
        /// A JWT (RFC 9068).
        pub access_token: String,
        /// Always `Bearer`.
        pub token_type: String,
        /// Seconds that it lives.
        pub expires_in: i64,
        /// What it is good for: permissions separated by blanks.
        pub scope: String,
    }

    /// Why there is no token (RFC 6749, 5.2).
    pub struct OauthError {
        /// `invalid_request`, `invalid_client`, `invalid_scope` or `unsupported_grant_type`.
        pub error: String,
        pub error_description: String,
    }

    /// Keys that access tokens are checked with (RFC 7517).
    pub struct Jwks {
        pub keys: Vec<Jwk>,
    }

    /// A public key of Ed25519 (RFC 8037).
    pub struct Jwk {
        /// Always `OKP`.
        pub kty: String,
        /// Always `Ed25519`.
        pub crv: String,
        /// The key itself, in base64url.
        pub x: String,
        /// The name that tokens have in their header.
        pub kid: String,
        /// Always `sig`.
        pub r#use: String,
        /// Always `EdDSA`.
        pub alg: String,
    }

    /// Authorization server metadata (RFC 8414).
    pub struct OauthMetadata {
        pub issuer: String,
        pub token_endpoint: String,
        pub jwks_uri: String,
        pub grant_types_supported: Vec<String>,
        pub token_endpoint_auth_methods_supported: Vec<String>,
        /// None: nobody is asked for their consent here.
        pub response_types_supported: Vec<String>,
    }
}

impl Field for ScopeText {
    fn read(value: &Value) -> Result<Self, Fault> {
        value.as_str().map(|text| Self(text.to_owned())).ok_or_else(|| Fault::wrong_type("text"))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "examples": ["org.read member.read"]})
    }
}
