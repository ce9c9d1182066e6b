//! What a decision rests on: rows as they were at one moment, read by `store` in one statement.

mod asker;
mod billing;
mod domain;
mod identity;
mod key;
mod mail;
mod oauth;
mod past;
mod project;
mod webhook;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use crate::command::{Limits, Premise, SeatsAre};
use crate::policy::{self, Policy, PolicyFault, Role, SeatMode};
use crate::{InvitationId, LinkId, MemberId, OrgId, ProjectId, ProjectMemberId, Refusal, UserId};

pub use asker::{Asker, Operator};
pub use billing::{PayerFacts, SubscriptionFacts};
pub use domain::{AutoJoin, CheckFacts, DomainFacts, JoinRequestFacts};
pub use identity::{IdentityFacts, IdentityProof};
pub use key::{KeyFacts, KeyProof, Proof, RateUse, SessionProof};
pub use mail::{MailFacts, MailState};
pub use oauth::ClientFacts;
pub use past::Past;
pub use project::{Insider, ProjectFacts, ProjectMemberFacts};
pub(crate) use project::{READS_PROJECTS, may_read, reads_are_reserved};
pub use webhook::WebhookFacts;

/// The person behind a valid session, or the holder of a valid API key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Who {
    pub proof: Proof,
    pub user: UserId,
    pub email: String,
    pub email_key: String,
    pub display_name: Option<String>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// The tier that the person pays for themselves, as the host product reports it.
    pub personal_tier: Option<String>,
    /// How many addresses the account had before this one.
    pub address_rev: u64,
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
    pub license_count: u64,
    pub project_count: u64,
    /// Active API keys.
    pub key_count: u64,
    /// A number of its own; otherwise the plan says.
    pub seats: Option<u64>,
    pub upgrade_url: Option<String>,
    /// Whether its members may be in no other organization that says so.
    pub exclusive: bool,
    /// The membership that is billed, where the policy marks one.
    pub billed_member: Option<MemberId>,
    pub email_notifications: bool,
    pub auto_join_role: Option<String>,
    /// For how many days activity is kept; for good without.
    pub activity_retention_days: Option<u32>,
    /// How long ago a person may have signed in who changes something dangerous.
    pub reauth_after_s: Option<u32>,
    /// Named numbers that the host product asks about.
    pub limits: BTreeMap<String, u64>,
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
    pub licensed: bool,
    /// The member's own named numbers, which go before the organization's.
    pub limits: BTreeMap<String, u64>,
    /// The tier that the person pays for themselves, as the host product reports it.
    pub personal_tier: Option<String>,
    /// When the person last did something here, or, while a member, last signed in. Read only where it is shown.
    #[serde(default)]
    pub last_active_at: Option<i64>,
    /// How the person came: `creation`, `invitation`, `link` or `domain`. Read only where it is shown.
    pub came_by: Option<String>,
    /// What the member may do to some resources only. Read only where one member is looked at.
    #[serde(default)]
    pub restrictions: Restrictions,
}

/// The resources that a permission of the host product is limited to, by the permission's name.
pub type Restrictions = BTreeMap<String, BTreeSet<String>>;

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
    /// The membership it became, of the organization or of the project.
    pub member: Option<String>,
    /// The project it leads into; otherwise it leads into the organization.
    pub project: Option<ProjectId>,
    /// What became of its newest mail, where somebody looks; `None` also for one without a mail.
    #[serde(default)]
    pub mail: Option<MailState>,
}

/// An invite link in the organization asked about, of any status.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LinkFacts {
    pub id: LinkId,
    pub org: OrgId,
    pub role: String,
    pub status: String,
    pub created_by: MemberId,
    pub created_at: i64,
    pub key_id: String,
    pub expires_at: i64,
    pub uses: u64,
    /// How many may join by it. `None`: any number.
    pub uses_max: Option<u64>,
    /// Domains of addresses that may join, as A-labels; empty: any.
    pub domains: Vec<String>,
    pub rev: u64,
}

/// The other organization that a person is in, where both allow only one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Elsewhere {
    pub organization: OrgId,
    pub name: String,
}

impl Elsewhere {
    /// What keeps the person from coming in, until they have left.
    pub fn leave_first(&self) -> Refusal {
        Refusal::LeaveFirst { organization: self.organization.to_string(), name: self.name.clone() }
    }
}

/// An open invitation into the organization that is past its time, as far as making room needs it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DueInvitation {
    pub id: InvitationId,
    pub rev: u64,
    pub role: String,
    pub email_key: String,
}

/// An active member, as far as a licence is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LicenseFacts {
    pub id: MemberId,
    pub rev: u64,
    pub licensed: bool,
}

impl From<&InvitationFacts> for DueInvitation {
    fn from(it: &InvitationFacts) -> Self {
        Self { id: it.id.clone(), rev: it.rev, role: it.role.clone(), email_key: it.email_key.clone() }
    }
}

/// The time from which on activity is kept for so many days, in milliseconds since 1970.
pub fn activity_kept_since(retention_days: u32, now: i64) -> i64 {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    now.saturating_sub(DAY_MS.saturating_mul(retention_days.into()))
}

impl OrgFacts {
    /// The rules it lives under.
    ///
    /// # Errors
    /// A stored policy that cannot be read: a bug of ours.
    pub fn rules(&self) -> Result<Arc<Policy>, PolicyFault> {
        policy::load(&self.policy_hash, self.policy_document.as_deref())
    }

    /// What its commands are judged against, under these rules.
    pub fn limits_by(&self, policy: &Policy) -> Limits {
        Limits {
            top_role_max: policy.top_role_holders_max(&self.plan),
            seats_max: policy.seats_max(&self.plan, self.seats),
            seats: if policy.seats.mode == SeatMode::Licenses { SeatsAre::Licenses } else { SeatsAre::Members },
            ..Limits::default()
        }
    }

    /// The role of those who join by a verified domain: the organization's own choice as long as the rules have that role,
    /// otherwise what they say.
    pub fn auto_join_role<'a>(&'a self, policy: &'a Policy) -> &'a str {
        let own = self.auto_join_role.as_deref().filter(|role| policy.role(role).is_some());
        own.filter(|role| *role != policy.top_role_name()).unwrap_or(&policy.auto_join_role)
    }

    /// How many seats are filled, by what fills one under these rules.
    pub fn seats_used(&self, policy: &Policy) -> u64 {
        match policy.seats.mode {
            SeatMode::Licenses => self.license_count,
            SeatMode::Members | SeatMode::None => self.member_count + self.pending_count,
        }
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

impl LinkFacts {
    /// Good for joining, as far as the log says.
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }

    /// Past its time, whether or not the log has said so yet.
    pub fn is_over(&self, now: i64) -> bool {
        self.expires_at <= now
    }

    pub fn is_used_up(&self) -> bool {
        self.uses_max.is_some_and(|max| self.uses >= max)
    }
}

impl MemberFacts {
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }

    /// The tier that counts here: the organization's with a licence, the person's own without.
    pub fn tier(&self, policy: &Policy) -> Option<String> {
        let tier = if self.licensed { policy.seats.tier.as_ref() } else { None };
        tier.or(self.personal_tier.as_ref()).filter(|_| self.is_active()).cloned()
    }
}

/// All that a person is in, active.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Belongings {
    pub memberships: Vec<Membership>,
    /// Of single projects.
    pub projects: Vec<ProjectMembership>,
}

/// A person's membership of an organization, with what keeps it from ending.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Membership {
    pub org: OrgId,
    /// The organization's.
    pub name: String,
    pub member: MemberId,
    pub rev: u64,
    pub is_last_top_role_holder: bool,
    pub is_billed_owner: bool,
    /// The organization's rules, which say what becomes of the keys.
    pub policy_hash: String,
    pub policy_document: Option<String>,
    /// The active keys that the person holds there.
    pub keys: Vec<KeyFacts>,
}

/// A person's membership of one project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProjectMembership {
    pub org: OrgId,
    pub member: ProjectMemberId,
    pub rev: u64,
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
        who.proof.within_rate(now)?;
        let policy = org.rules()?;
        Ok(Self { who, org, member, policy, now })
    }

    /// Whether the member's role may do this, and the key they use, if it is one.
    pub fn may(&self, permission: &str) -> bool {
        let role = self.policy.role(&self.member.role);
        match &self.who.proof {
            Proof::Session(_) => role.is_some_and(|role| role.has(permission)),
            Proof::Key(key) => key.power.allows(&self.policy, &self.member.role, permission),
            // It says who somebody is, and acts for nobody.
            Proof::Identity(_) => false,
        }
    }

    /// # Errors
    /// Names the permission that the role lacks, or the key; a key for one project acts nowhere else.
    pub fn require(&self, permission: &'static str) -> Result<&Role, Refusal> {
        let role = self.policy.role(&self.member.role).filter(|role| role.has(permission));
        let role = role.ok_or_else(|| Refusal::Forbidden { permission, role: self.member.role.clone() })?;
        self.who.proof.acts_everywhere()?;
        if self.may(permission) { Ok(role) } else { Err(Refusal::ScopeLacks { permission }) }
    }

    /// What is done in a member's name goes on resting on the membership: a key without a holder cannot.
    ///
    /// # Errors
    /// For a key that was kept when its holder went.
    pub fn require_holder(&self) -> Result<(), Refusal> {
        if self.member.is_active() { Ok(()) } else { Err(Refusal::KeyOwnerless) }
    }

    /// Whether the actor may give a role, as far as that is a question of what it grants.
    ///
    /// # Errors
    /// Names the permissions that it grants and the actor's own role does not.
    pub fn may_grant(&self, role: &str) -> Result<(), Refusal> {
        let given = self.policy.role(role).map(|given| given.permissions());
        let missing: Vec<String> = given.into_iter().flatten().filter(|it| !self.may(it)).cloned().collect();
        if missing.is_empty() { Ok(()) } else { Err(Refusal::RoleGrantsMore { role: role.to_owned(), missing }) }
    }

    /// The refusal of doing something to a role that the actor's own does not reach.
    pub fn out_of_reach(&self, action: &'static str, target_role: &str) -> Refusal {
        Refusal::RoleOutOfReach { action, role: self.member.role.clone(), target_role: target_role.to_owned() }
    }

    /// Who appears in the log as having done it.
    pub fn name(&self) -> String {
        self.who.name()
    }

    /// The premises every change by a member has: still signed in, still the same member, under the same rules.
    pub fn premises(&self) -> Vec<Premise> {
        vec![
            self.who.premise(),
            Premise::Member(self.member.id.clone(), self.member.rev),
            Premise::Org(self.org.id.clone(), self.org.rev),
        ]
    }

    /// What the actor's commands are judged against.
    pub fn limits(&self) -> Limits {
        self.org.limits_by(&self.policy)
    }

    /// How many seats one more member fills under these rules: one, or none.
    pub fn seats_of_a_member(&self) -> u64 {
        seats_of_a_member(&self.policy)
    }

    /// So many seconds from now, in milliseconds since 1970.
    pub fn in_s(&self, seconds: u64) -> i64 {
        self.now.saturating_add(i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX))
    }

    /// When a change made now takes effect: the log's time never runs backwards.
    pub fn effective_at(&self) -> i64 {
        self.now.max(self.org.effective_at)
    }
}

/// How many seats one more member fills under these rules: one, or none.
pub fn seats_of_a_member(policy: &Policy) -> u64 {
    u64::from(policy.seats.mode == SeatMode::Members)
}
