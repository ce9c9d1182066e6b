//! What a decision rests on: rows as they were at one moment, read by `store` in one statement.

use std::sync::Arc;

use serde::Deserialize;

use crate::command::Premise;
use crate::policy::{self, Policy, PolicyFault, Role};
use crate::{InvitationId, MemberId, OrgId, Refusal, SessionId, UserId};

/// The person behind a valid session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Who {
    pub session: SessionId,
    pub user: UserId,
    pub email: String,
    pub email_key: String,
    pub display_name: Option<String>,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// An organization, active.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OrgFacts {
    pub id: OrgId,
    pub name: String,
    pub policy: String,
    pub policy_hash: String,
    /// Absent for presets, whose documents are compiled in.
    pub policy_document: Option<String>,
    pub plan: String,
    pub rev: u64,
    pub version: u64,
    pub effective_at: i64,
    pub created_at: i64,
    pub member_count: u64,
    pub pending_count: u64,
    pub top_member_count: u64,
    pub top_pending_count: u64,
}

/// A membership in the organization asked about, of any status.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MemberFacts {
    pub id: MemberId,
    pub user: UserId,
    pub role: String,
    pub status: String,
    pub rev: u64,
    pub joined_at: i64,
    pub ended_at: Option<i64>,
    pub email: String,
    pub display_name: Option<String>,
}

/// An invitation in the organization asked about, of any status.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InvitationFacts {
    pub id: InvitationId,
    pub org: OrgId,
    pub email: String,
    pub email_key: String,
    pub role: String,
    pub status: String,
    pub generation: u64,
    pub key_id: String,
    pub invited_by: MemberId,
    pub invited_at: i64,
    pub sent_at: i64,
    pub expires_at: i64,
    pub rev: u64,
    pub member: Option<MemberId>,
}

impl OrgFacts {
    /// The rules it lives under.
    ///
    /// # Errors
    /// A stored policy that cannot be read: a bug of ours.
    pub fn rules(&self) -> Result<Arc<Policy>, PolicyFault> {
        policy::load(&self.policy_hash, self.policy_document.as_deref())
    }
}

impl InvitationFacts {
    /// Open, as far as the log says.
    pub fn is_pending(&self) -> bool {
        self.status == "pending"
    }

    /// Past its time, whether or not the log has said so yet.
    pub fn is_over(&self, now: i64) -> bool {
        self.expires_at <= now
    }
}

impl MemberFacts {
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }
}

/// A member who asks for something in their organization: the start of every decision there.
#[derive(Debug, Clone)]
pub struct Actor {
    pub who: Who,
    pub org: OrgFacts,
    pub member: MemberFacts,
    pub policy: Arc<Policy>,
    /// The time of the request, in milliseconds since 1970.
    pub now: i64,
}

/// Why an [`Actor`] could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActorFault {
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A stored policy that cannot be read: a bug of ours, not the person's.
    #[error(transparent)]
    Policy(#[from] PolicyFault),
}

impl Actor {
    /// # Errors
    /// Strangers to the organization get "not found", whether it exists or not.
    pub fn new(
        who: Option<Who>,
        org: Option<OrgFacts>,
        member: Option<MemberFacts>,
        now: i64,
    ) -> Result<Self, ActorFault> {
        let who = who.ok_or(Refusal::Unauthenticated)?;
        let (Some(org), Some(member)) = (org, member) else {
            return Err(Refusal::NotFound("organization").into());
        };
        let policy = org.rules()?;
        Ok(Self { who, org, member, policy, now })
    }

    /// # Errors
    /// Names the permission that the role lacks.
    pub fn require(&self, permission: &'static str) -> Result<&Role, Refusal> {
        let role = self.policy.role(&self.member.role);
        role.filter(|r| r.has(permission))
            .ok_or_else(|| Refusal::Forbidden { permission, role: self.member.role.clone() })
    }

    /// The refusal of doing something to a role that the actor's own does not reach.
    pub fn out_of_reach(&self, action: &'static str, target_role: &str) -> Refusal {
        Refusal::RoleOutOfReach { action, role: self.member.role.clone(), target_role: target_role.to_owned() }
    }

    /// The premises every change by a member has: still signed in, still the same member, under the same rules.
    pub fn premises(&self) -> Vec<Premise> {
        vec![
            Premise::Session(self.who.session.clone()),
            Premise::Member(self.member.id.clone(), self.member.rev),
            Premise::Org(self.org.id.clone(), self.org.rev),
        ]
    }

    /// When a change made now takes effect: the log's time never runs backwards.
    pub fn effective_at(&self) -> i64 {
        self.now.max(self.org.effective_at)
    }
}
