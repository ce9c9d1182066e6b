//! A user of an identity provider, as its events have told.

use serde::Deserialize;

use super::{Belongings, Who};
use crate::identity::{IdentityKey, Said};
use crate::{OrgId, UserId};

/// What came with an event of the identity provider instead of a session: its word on the person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IdentityProof {
    pub key: IdentityKey,
    pub rev: u64,
}

/// A user of whom there is news, and the account that is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IdentityFacts {
    pub key: IdentityKey,
    pub subject: Option<String>,
    pub rev: u64,
    /// Whether anything is to be done about them.
    pub is_due: bool,
    pub is_deleted: bool,
    /// Whether their account is gone from here, and the issuer has not begun anew with them since.
    pub has_left: bool,
    /// The user as they are; `None` once they are deleted, or nothing is to be done.
    pub said: Option<Said>,
    /// Whose account the identity opens.
    pub who: Option<Who>,
    /// Whose account has the address that is said.
    pub holder: Option<UserId>,
    /// Whether another user of the issuer has that account already.
    pub is_holder_taken: bool,
    /// Whether another user of the issuer has the account that is theirs.
    pub is_shared: bool,
    /// Whether an organization takes people in by the domain of that address, of which this person is no member.
    pub may_join: bool,
    /// What the account is in, of a user who is deleted and is to be seen to.
    pub belongings: Option<Belongings>,
    /// The organizations that the account is in, of a user who is listed.
    pub organizations: Vec<OrgId>,
    pub parked: Option<String>,
    /// Milliseconds since 1970.
    pub parked_at: Option<i64>,
}
