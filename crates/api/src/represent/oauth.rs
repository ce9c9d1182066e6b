//! OAuth clients, and what their tokens are checked with.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_domain::event::OauthClientCreated;
use latchkey_domain::facts::ClientFacts;
use latchkey_domain::policy::Policy;
use latchkey_domain::secret::{SecretKey, SecretKeys};
use latchkey_domain::{OauthClientId, oauth};

use crate::model::{GrantType, Jwk, Jwks, OauthClient, OauthClientStatus, OauthMetadata};
use crate::{Settings, Timestamp};

/// A client as it stands.
pub fn oauth_client(client: &ClientFacts, policy: &Policy) -> OauthClient {
    OauthClient {
        id: client.id.to_string(),
        name: client.name.clone(),
        // The column's CHECK knows no other word.
        status: OauthClientStatus::parse(&client.status).unwrap_or(OauthClientStatus::Revoked),
        scopes: client.scopes.clone(),
        permissions: if client.is_active() { client.may(policy) } else { Default::default() },
        role: client.role.clone(),
        created_by: client.created_by.to_string(),
        created_at: Timestamp(client.created_at),
        ended_at: client.ended_at.map(Timestamp),
        client_secret: None,
    }
}

/// A client that is being made, effective at `at`; its secret is put in when it is shown.
pub fn new_oauth_client(id: &OauthClientId, created: &OauthClientCreated, policy: &Policy, at: i64) -> OauthClient {
    OauthClient {
        id: id.to_string(),
        name: created.name.clone(),
        status: OauthClientStatus::Active,
        scopes: created.scopes.clone(),
        permissions: oauth::may(policy, &created.role, &created.scopes),
        role: created.role.clone(),
        created_by: created.created_by.to_string(),
        created_at: Timestamp(at),
        ended_at: None,
        client_secret: None,
    }
}

/// One key for each deployment key, so that tokens go on being good when another takes over.
pub fn jwks(keys: &SecretKeys) -> Jwks {
    let jwk = |key: &SecretKey| Jwk {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        x: URL_SAFE_NO_PAD.encode(oauth::public_key(key).0),
        kid: key.id().to_owned(),
        r#use: "sig".to_owned(),
        alg: "EdDSA".to_owned(),
    };
    Jwks { keys: keys.iter().map(jwk).collect() }
}

/// What OAuth libraries configure themselves by.
pub fn oauth_metadata(settings: &Settings) -> OauthMetadata {
    let issuer = settings.public_url.clone();
    OauthMetadata {
        token_endpoint: format!("{issuer}/oauth/token"),
        jwks_uri: format!("{issuer}/oauth/jwks"),
        issuer,
        grant_types_supported: vec![GrantType::ClientCredentials.to_string()],
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"].map(str::to_owned).into(),
        response_types_supported: Vec::new(),
    }
}
