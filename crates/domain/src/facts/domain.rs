//! Domains of an organization, and people who ask to be let in by one.

use serde::{Deserialize, Serialize};

use crate::command::Premise;
use crate::{DomainId, JoinRequestId, OrgId, UserId};

/// What an address at a verified domain is good for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoJoin {
    /// Nothing.
    #[default]
    Off,
    /// Asking to be let in.
    Ask,
    /// Coming in.
    Automatic,
}

impl AutoJoin {
    /// As requests and rows have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Ask => "ask",
            Self::Automatic => "automatic",
        }
    }
}

/// A domain that an organization claims or claimed, of any status.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DomainFacts {
    pub id: DomainId,
    pub org: OrgId,
    /// As A-labels, in lower case.
    pub domain: String,
    /// `pending`, `verified`, `lapsed`, `moved` or `released`.
    pub status: String,
    pub auto_join: AutoJoin,
    pub created_at: i64,
    /// When it was proved, the last time.
    pub verified_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub rev: u64,
    /// The version of the event that claimed it: its place in the list.
    pub place: u64,
    /// What was found when it was looked at again, while it is verified.
    #[serde(default)]
    pub check: Option<CheckFacts>,
}

/// How the proof of a verified domain stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct CheckFacts {
    /// When somebody last looked and got an answer.
    pub checked_at: Option<i64>,
    /// Since when the record is gone.
    pub failing_since: Option<i64>,
    /// Why nobody could say, the last time.
    pub trouble: Option<String>,
}

impl DomainFacts {
    pub fn is_verified(&self) -> bool {
        self.status == "verified"
    }

    pub fn is_released(&self) -> bool {
        self.status == "released"
    }

    pub fn premise(&self) -> Premise {
        Premise::Domain(self.id.clone(), self.rev)
    }
}

/// Somebody who asks, or asked, to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct JoinRequestFacts {
    pub id: JoinRequestId,
    pub user: UserId,
    pub email: String,
    pub email_key: String,
    pub display_name: Option<String>,
    pub personal_tier: Option<String>,
    pub domain_id: DomainId,
    /// As A-labels.
    pub domain: String,
    /// `open`, `joined`, `declined` or `ended`.
    pub status: String,
    pub created_at: i64,
    pub ended_at: Option<i64>,
    pub rev: u64,
    /// The version of the event that made it: its place in the list.
    pub place: u64,
}

impl JoinRequestFacts {
    pub fn is_open(&self) -> bool {
        self.status == "open"
    }

    pub fn premise(&self) -> Premise {
        Premise::JoinRequest(self.id.clone(), self.rev)
    }
}
