//! API keys, as credentials and as what is managed.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{IdentityProof, Who};
use crate::command::{IDENTITY, Premise};
use crate::event::KeyRate;
use crate::key::{Kept, KeyPower};
use crate::{ApiKeyId, MemberId, ProjectId, Refusal, SessionId};

/// What a request came with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    Session(SessionProof),
    Key(Box<KeyProof>),
    Identity(IdentityProof),
}

/// An open session that a request came with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SessionProof {
    pub id: SessionId,
    /// When the person signed in, in milliseconds since 1970.
    pub signed_in_at: i64,
    /// The last use that was recorded, or that moment.
    pub seen_at: i64,
}

/// An active API key that a request came with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KeyProof {
    pub id: ApiKeyId,
    pub rev: u64,
    pub power: KeyPower,
    /// The only project it is good for.
    pub project: Option<ProjectId>,
    pub expires_at: Option<i64>,
    pub rate: Option<RateUse>,
}

/// A key's rate, and how much of it is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct RateUse {
    #[serde(flatten)]
    pub rate: KeyRate,
    /// When the window began, in milliseconds since 1970; `None` before the first use.
    pub from: Option<i64>,
    pub used: u64,
}

/// An API key in the organization asked about, of any status.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KeyFacts {
    pub id: ApiKeyId,
    pub name: String,
    /// The holder; of a kept key the last one.
    pub member: MemberId,
    /// The holder's role.
    pub role: String,
    pub holder_email: String,
    pub holder_name: Option<String>,
    pub status: String,
    pub scopes: Option<BTreeSet<String>>,
    pub kept: Option<Kept>,
    pub project: Option<ProjectId>,
    pub rate: Option<KeyRate>,
    pub expires_at: Option<i64>,
    pub label: String,
    pub generation: u64,
    pub key_id: String,
    pub created_by: MemberId,
    pub created_at: i64,
    pub ended_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub rev: u64,
    /// The version of the event that made it: its place in the list.
    pub place: u64,
}

impl Proof {
    /// The session, if it is one.
    pub fn session(&self) -> Option<&SessionId> {
        match self {
            Self::Session(session) => Some(&session.id),
            Self::Key(_) | Self::Identity(_) => None,
        }
    }

    /// # Errors
    /// A key with a rate that is used up, with the time until its next window.
    pub fn within_rate(&self, now: i64) -> Result<(), Refusal> {
        let Self::Key(key) = self else { return Ok(()) };
        match key.rate.and_then(|rate| rate.full_for_s(now)) {
            Some(retry_after_s) => Err(Refusal::TooManyRequests { retry_after_s }),
            None => Ok(()),
        }
    }

    /// # Errors
    /// For a key of one project.
    pub fn acts_everywhere(&self) -> Result<(), Refusal> {
        match self {
            Self::Key(key) if key.project.is_some() => Err(Refusal::KeyOfAProject),
            _ => Ok(()),
        }
    }

    /// # Errors
    /// For a key of another project.
    pub(super) fn acts_in(&self, project: &ProjectId) -> Result<(), Refusal> {
        match self {
            Self::Key(key) if key.project.as_ref().is_some_and(|own| own != project) => Err(Refusal::KeyOfAProject),
            _ => Ok(()),
        }
    }
}

impl RateUse {
    /// Seconds until it may be used again; `None` while some of it is left.
    pub fn full_for_s(&self, now: i64) -> Option<u64> {
        let until = self.ends_at()?;
        let is_full = self.used >= self.rate.max && now < until;
        is_full.then(|| u64::try_from((until - now + 999) / 1000).unwrap_or(1).max(1))
    }

    /// When the present window ends, in milliseconds since 1970.
    pub fn ends_at(&self) -> Option<i64> {
        let window_ms = i64::try_from(self.rate.window_s.saturating_mul(1000)).unwrap_or(i64::MAX);
        self.from.map(|from| from.saturating_add(window_ms))
    }
}

impl KeyFacts {
    /// As far as the log says.
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }

    /// Past its time, whether or not the log has said so yet.
    pub fn is_over(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    pub fn power(&self) -> KeyPower {
        KeyPower { scopes: self.scopes.clone(), kept: self.kept.clone() }
    }

    pub fn premise(&self) -> Premise {
        Premise::Key(self.id.clone(), self.rev)
    }
}

impl Who {
    /// Who appears in the log as having done it, and under whom an idempotency key is remembered: the person, the key, or [`IDENTITY`].
    pub fn name(&self) -> String {
        match &self.proof {
            Proof::Session(_) => self.user.to_string(),
            Proof::Key(key) => key.id.to_string(),
            Proof::Identity(_) => IDENTITY.to_owned(),
        }
    }

    /// Still signed in, still the same key, or still the newest news.
    pub fn premise(&self) -> Premise {
        match &self.proof {
            Proof::Session(session) => Premise::Session(session.id.clone(), self.address_rev),
            Proof::Key(key) => Premise::Key(key.id.clone(), key.rev),
            Proof::Identity(told) => Premise::Identity(told.key.clone(), told.rev),
        }
    }

    /// The key, if it is one.
    pub fn key(&self) -> Option<&KeyProof> {
        match &self.proof {
            Proof::Session(_) | Proof::Identity(_) => None,
            Proof::Key(key) => Some(key),
        }
    }
}
