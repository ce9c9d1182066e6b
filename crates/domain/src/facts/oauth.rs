//! OAuth clients, as what is managed.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::command::Premise;
use crate::policy::Policy;
use crate::{MemberId, OauthClientId, oauth};

/// A machine client of the organization asked about, of any status.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ClientFacts {
    pub id: OauthClientId,
    pub name: String,
    pub status: String,
    pub scopes: BTreeSet<String>,
    /// Of whoever made it, then.
    pub role: String,
    pub generation: u64,
    pub key_id: String,
    pub created_by: MemberId,
    pub created_at: i64,
    pub ended_at: Option<i64>,
    pub rev: u64,
    /// The version of the event that made it: its place in the list.
    pub place: u64,
}

impl ClientFacts {
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }

    /// All that its tokens may say under these rules.
    pub fn may(&self, policy: &Policy) -> BTreeSet<String> {
        oauth::may(policy, &self.role, &self.scopes)
    }

    pub fn premise(&self) -> Premise {
        Premise::OauthClient(self.id.clone(), self.rev)
    }
}
