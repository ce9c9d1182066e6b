//! What happens to webhooks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::MemberId;

/// An endpoint that is told of events. Its secret is derived from the deployment key, its id and the generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookCreated {
    pub url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The types of events that it is told of; empty: of all.
    pub types: BTreeSet<String>,
    pub generation: u64,
    pub key_id: String,
    pub created_by: MemberId,
}

/// Only what changes is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookChanged {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<BTreeSet<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
}

/// A new secret; the one before signs too until `old_until`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRotated {
    pub generation: u64,
    pub key_id: String,
    /// Milliseconds since 1970.
    pub old_until: i64,
}

/// The versions of the events, both of them included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookReplayed {
    pub first_version: u64,
    pub last_version: u64,
}
