//! What events say of domains, and of people who ask to be let in by one.

use serde::{Deserialize, Serialize};

use crate::facts::AutoJoin;
use crate::{DomainId, UserId};

/// An organization says that a domain is its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainClaimed {
    /// As A-labels, in lower case.
    pub domain: String,
    pub auto_join: AutoJoin,
}

/// What an address at the domain is good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainChanged {
    pub auto_join: AutoJoin,
    /// What it was good for before.
    pub was: AutoJoin,
}

/// Somebody with an address at a verified domain asks to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRequestCreated {
    pub user: UserId,
    pub domain: DomainId,
}
