//! Webhooks, as what is managed.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::command::Premise;
use crate::{MemberId, WebhookId};

/// An endpoint of the organization asked about, which is not deleted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WebhookFacts {
    pub id: WebhookId,
    pub url: String,
    pub description: String,
    /// Empty: all.
    pub types: BTreeSet<String>,
    /// `on`, `off` or `disabled`.
    pub status: String,
    pub generation: u64,
    pub key_id: String,
    pub created_by: MemberId,
    pub created_at: i64,
    /// Since when every delivery has failed, where they do.
    pub failing_since: Option<i64>,
    pub rev: u64,
    /// The version of the event that made it: its place in the list.
    pub place: u64,
}

impl WebhookFacts {
    pub fn is_on(&self) -> bool {
        self.status == "on"
    }

    pub fn premise(&self) -> Premise {
        Premise::Webhook(self.id.clone(), self.rev)
    }
}
