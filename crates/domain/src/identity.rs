//! What identity providers tell of their users: news by events, and how accounts are found by it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::secret::token_hash;

/// Longest subject (OpenID Connect Core 1.0, 2).
pub const SUBJECT_BYTES_MAX: usize = 255;

/// What a user of an issuer is found by: lower-case hex of SHA-256 over both names, so that it says nothing of the person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdentityKey(String);

impl IdentityKey {
    /// Neither part has a line break.
    pub fn of(issuer: &str, subject: &str) -> Self {
        Self(token_hash(&format!("{issuer}\n{subject}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an issuer may call a user so.
pub fn is_subject(text: &str) -> bool {
    (1..=SUBJECT_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// One piece of news of a user, whose origin is proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct News {
    pub issuer: String,
    pub subject: String,
    /// When it happened, by the sender's clock, in milliseconds since 1970.
    pub at: i64,
    pub rank: Rank,
    /// The user as they are since then; `None` once they are deleted.
    pub said: Option<Said>,
}

/// What comes first of two pieces of news of one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Rank {
    Beginning = 0,
    Change = 1,
    End = 2,
}

/// A user as they are: all that matters here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// As it was typed.
    pub email: String,
    /// As addresses are compared.
    pub email_key: String,
    /// Whether the issuer has seen that the address is the person's.
    pub is_verified: bool,
    /// Whether it names them at all; what it does not name stays as it is.
    pub names: bool,
    pub name: Option<String>,
}

/// Why somebody has to look at a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parked {
    /// Another account has their new address, or another user of the issuer the account with it.
    AddressTaken,
    /// They are deleted, and an organization would be left without anybody who holds its top role.
    LastTopRoleHolder,
    /// They are deleted, and an organization is billed to them.
    BilledOwner,
}

impl Parked {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AddressTaken => "address_taken",
            Self::LastTopRoleHolder => "last_top_role_holder",
            Self::BilledOwner => "billed_owner",
        }
    }
}

impl News {
    /// What the user is found by.
    pub fn key(&self) -> IdentityKey {
        IdentityKey::of(&self.issuer, &self.subject)
    }
}
