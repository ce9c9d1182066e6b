//! What the log says of a moment in the past, as facts of the same shape as those of the present.

use serde::Deserialize;
use serde_json::Value;

use super::{MemberFacts, OrgFacts};
use crate::{ProjectId, ProjectMemberId, Refusal};

/// An organization as it was, with the facts of one operation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Past<T> {
    /// Its version and effective time are those of the last event until then, and so are its settings, its rules and its
    /// counters; nothing is decided in the past, so `rev` and the numbers of top role holders are 0.
    pub org: OrgFacts,
    pub facts: T,
}

impl<T> Past<T> {
    /// The past of an organization, which begins with its first event.
    ///
    /// # Errors
    /// When the moment asked about lies before it.
    pub fn begun(past: Option<Self>, org: &OrgFacts) -> Result<Self, Refusal> {
        past.ok_or(Refusal::BeforeTheBeginning { since: org.created_at })
    }
}

/// A membership as it was, with the events that made it so.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct MemberThen {
    /// The name and the address are today's, and the log does not know what people pay for themselves.
    pub member: MemberFacts,
    /// The event that gave the role.
    pub role_event: String,
    /// The event that gave the rules.
    pub rules_event: String,
    /// The event that set the member's own limits, if any did.
    pub limits_event: Option<String>,
    /// What the newest event of that kind says the member is restricted to.
    pub restrictions: Option<Value>,
    pub restrictions_event: Option<String>,
    /// The single projects that the same person was in, those joined first first.
    pub guest_of: Vec<GuestThen>,
}

/// A person's place in one project, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuestThen {
    pub id: ProjectMemberId,
    pub project: ProjectId,
    pub role: String,
    /// The event that gave the role.
    pub role_event: String,
}
