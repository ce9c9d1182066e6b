//! What happens to API keys and OAuth clients.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{MemberId, ProjectId};

/// A key in a member's name. Only the hash of its text is kept, by which it is found; it tells nobody the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyCreated {
    pub member: MemberId,
    pub created_by: MemberId,
    pub name: String,
    #[serde(flatten)]
    pub secret: ApiKeySecret,
    /// Absent: all that the holder may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<BTreeSet<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<KeyRate>,
}

/// What a key's text is derived from and found by, in one generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeySecret {
    pub generation: u64,
    /// The deployment key from which it is derived.
    pub key_id: String,
    /// The part that stays visible.
    pub label: String,
    /// Lower-case hex of SHA-256.
    pub token_hash: String,
}

/// How often a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRate {
    /// Uses in one window.
    pub max: u64,
    pub window_s: u64,
}

/// Only what changes is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyChanged {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<BTreeSet<String>>,
}

/// A new secret; every older one lives on until `old_until` at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyRotated {
    #[serde(flatten)]
    pub secret: ApiKeySecret,
    /// Milliseconds since 1970.
    pub old_until: i64,
}

/// It never does more in the new holder's name than it could do before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyAdopted {
    pub member: MemberId,
    /// The holder before.
    pub was: MemberId,
    pub scopes: BTreeSet<String>,
}

/// A machine client. It is nobody's: what it may do is bounded by the role of whoever made it, not by their membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OauthClientCreated {
    pub name: String,
    pub scopes: BTreeSet<String>,
    /// Of whoever made it.
    pub role: String,
    pub created_by: MemberId,
    #[serde(flatten)]
    pub secret: ClientSecret,
}

/// What a client's secret is derived from and found by, in one generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    pub generation: u64,
    /// The deployment key from which it is derived.
    pub key_id: String,
    /// Lower-case hex of SHA-256.
    pub token_hash: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OauthClientRenamed {
    pub name: String,
    pub was: String,
}

/// A new secret; every older one lives on until `old_until` at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OauthClientRotated {
    #[serde(flatten)]
    pub secret: ClientSecret,
    /// Milliseconds since 1970.
    pub old_until: i64,
}
