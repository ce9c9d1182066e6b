//! An organization as its log says: the values that the pure fold builds.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::KeyRate;
use crate::facts::{AutoJoin, Restrictions};
use crate::key::Kept;
use crate::{
    ApiKeyId, DomainId, InvitationId, JoinRequestId, LinkId, MemberId, OauthClientId, ProjectId, ProjectMemberId,
    UserId, WebhookId,
};

/// An organization, as its log says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrgState {
    pub name: String,
    pub policy: String,
    pub policy_hash: String,
    pub top_role: String,
    pub plan: String,
    /// A number of seats of its own; otherwise the plan says.
    pub seats: Option<u64>,
    pub upgrade_url: Option<String>,
    pub exclusive: bool,
    pub billed_owner: Option<MemberId>,
    pub email_notifications: bool,
    pub auto_join_role: Option<String>,
    pub activity_retention_days: Option<u32>,
    pub reauth_after_s: Option<u32>,
    pub limits: BTreeMap<String, u64>,
    pub deleted_at: Option<i64>,
    pub rev: u64,
    pub version: u64,
    pub effective_at: i64,
    pub members: BTreeMap<MemberId, MemberState>,
    pub invitations: BTreeMap<InvitationId, InvitationState>,
    pub links: BTreeMap<LinkId, LinkState>,
    pub projects: BTreeMap<ProjectId, ProjectState>,
    pub project_members: BTreeMap<ProjectMemberId, ProjectMemberState>,
    pub keys: BTreeMap<ApiKeyId, KeyState>,
    pub clients: BTreeMap<OauthClientId, ClientState>,
    pub webhooks: BTreeMap<WebhookId, WebhookState>,
    pub domains: BTreeMap<DomainId, DomainState>,
    pub join_requests: BTreeMap<JoinRequestId, JoinRequestState>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberState {
    pub user: UserId,
    pub role: String,
    pub status: MemberStatus,
    pub licensed: bool,
    pub limits: BTreeMap<String, u64>,
    pub restrictions: Restrictions,
    pub joined_version: u64,
    pub joined_at: i64,
    pub ended_at: Option<i64>,
    /// The version of the event that ended it.
    pub ended_version: Option<u64>,
    pub invitation: Option<InvitationId>,
    pub link: Option<LinkId>,
    pub domain: Option<DomainId>,
    pub rev: u64,
}

/// A domain that an organization claims or claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainState {
    /// As A-labels.
    pub domain: String,
    pub status: DomainStatus,
    pub auto_join: AutoJoin,
    pub created_version: u64,
    pub created_at: i64,
    /// The last time.
    pub verified_at: Option<i64>,
    /// When it was released.
    pub ended_at: Option<i64>,
    pub rev: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainStatus {
    Pending,
    Verified,
    Lapsed,
    Moved,
    Released,
}

impl DomainStatus {
    /// As the state tables have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
            Self::Lapsed => "lapsed",
            Self::Moved => "moved",
            Self::Released => "released",
        }
    }
}

/// Somebody who asks, or asked, to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequestState {
    pub user: UserId,
    pub domain: DomainId,
    pub status: JoinRequestStatus,
    pub created_version: u64,
    pub created_at: i64,
    pub ended_at: Option<i64>,
    pub rev: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinRequestStatus {
    Open,
    /// The person came in, by it or in another way.
    Joined,
    Declined,
    /// The organization is gone.
    Ended,
}

impl JoinRequestStatus {
    /// As the state tables have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Joined => "joined",
            Self::Declined => "declined",
            Self::Ended => "ended",
        }
    }
}

/// An API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// The holder; of a kept key the last one.
    pub member: MemberId,
    pub name: String,
    pub status: KeyStatus,
    pub scopes: Option<BTreeSet<String>>,
    pub kept: Option<Kept>,
    pub project: Option<ProjectId>,
    pub rate: Option<KeyRate>,
    pub expires_at: Option<i64>,
    /// The visible part of its newest text.
    pub label: String,
    pub generation: u64,
    /// The deployment key of its newest text.
    pub key_id: String,
    pub created_by: MemberId,
    pub created_version: u64,
    pub created_at: i64,
    pub ended_at: Option<i64>,
    /// The version of the event that ended it.
    pub ended_version: Option<u64>,
    pub rev: u64,
    /// Its texts by the hash of each.
    pub secrets: BTreeMap<String, SecretState>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    Active,
    Revoked,
    Expired,
}

impl KeyStatus {
    /// As the state tables have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// An OAuth client, revoked once it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientState {
    pub name: String,
    pub scopes: BTreeSet<String>,
    /// Of whoever made it, then.
    pub role: String,
    pub generation: u64,
    /// The deployment key of its newest secret.
    pub key_id: String,
    pub created_by: MemberId,
    pub created_version: u64,
    pub created_at: i64,
    pub ended_at: Option<i64>,
    pub rev: u64,
    /// Its secrets by the hash of each.
    pub secrets: BTreeMap<String, SecretState>,
}

/// An endpoint that is told of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookState {
    pub url: String,
    pub description: String,
    pub types: BTreeSet<String>,
    pub status: WebhookStatus,
    pub generation: u64,
    /// The deployment key of its newest secret.
    pub key_id: String,
    /// The secret before: its generation, its deployment key, and until when it signs.
    pub old: Option<(u64, String, i64)>,
    pub created_by: MemberId,
    pub created_version: u64,
    pub created_at: i64,
    pub rev: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookStatus {
    On,
    Off,
    Disabled,
    Deleted,
}

impl WebhookStatus {
    /// As the state tables have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }
}

/// Those that do not end before end then: a new one takes their place.
pub(super) fn end_by(secrets: &mut BTreeMap<String, SecretState>, until: i64) {
    for old in secrets.values_mut() {
        old.valid_until = Some(old.valid_until.map_or(until, |earlier| earlier.min(until)));
    }
}

/// One text of a key, or one secret of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretState {
    pub generation: u64,
    /// Milliseconds since 1970; `None`: as long as what it opens.
    pub valid_until: Option<i64>,
}

/// How a membership, of an organization or of a project, stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberStatus {
    Active,
    Left,
    Removed,
}

impl MemberStatus {
    /// As the state tables have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Left => "left",
            Self::Removed => "removed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationState {
    pub email: String,
    pub email_key: String,
    pub role: String,
    /// The project it leads into; otherwise it leads into the organization.
    pub project: Option<ProjectId>,
    pub status: InvitationStatus,
    pub generation: u64,
    pub key_id: String,
    pub invited_by: MemberId,
    pub invited_version: u64,
    pub invited_at: i64,
    pub sent_at: i64,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    /// The version of the event that ended it.
    pub ended_version: Option<u64>,
    /// The membership it became, of the organization or of the project.
    pub member: Option<String>,
    pub rev: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationStatus {
    Pending,
    Accepted,
    Declined,
    Cancelled,
    Expired,
}

impl InvitationStatus {
    /// As the state tables have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkState {
    pub role: String,
    pub status: LinkStatus,
    pub created_by: MemberId,
    pub created_version: u64,
    pub created_at: i64,
    pub key_id: String,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    pub uses: u64,
    pub uses_max: Option<u64>,
    pub domains: Vec<String>,
    pub rev: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkStatus {
    Active,
    Revoked,
    Expired,
}

impl LinkStatus {
    /// As the state tables have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectState {
    pub name: String,
    pub created_version: u64,
    pub created_at: i64,
    pub deleted_at: Option<i64>,
    pub rev: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectMemberState {
    pub project: ProjectId,
    pub user: UserId,
    pub role: String,
    pub status: MemberStatus,
    pub joined_version: u64,
    pub joined_at: i64,
    pub ended_at: Option<i64>,
    /// The version of the event that ended it.
    pub ended_version: Option<u64>,
    pub invitation: Option<InvitationId>,
    pub rev: u64,
}

/// How many there are of what is counted. The state tables keep these numbers; here they are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub members: u64,
    /// Open invitations into the organization; those into a project count there.
    pub pending: u64,
    pub top_members: u64,
    pub top_pending: u64,
    pub licenses: u64,
    pub projects: u64,
    pub keys: u64,
}

/// The uses of one role: whoever has any would be stranded without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoleUse {
    pub members: u64,
    pub pending: u64,
    pub links: u64,
    pub project_members: u64,
}

impl OrgState {
    pub fn counts(&self) -> Counts {
        let active = self.members.values().filter(|m| m.status == MemberStatus::Active);
        let pending = self.invitations.values().filter(|i| i.is_pending() && i.project.is_none());
        Counts {
            members: active.clone().count() as u64,
            pending: pending.clone().count() as u64,
            top_members: active.clone().filter(|m| m.role == self.top_role).count() as u64,
            top_pending: pending.filter(|i| i.role == self.top_role).count() as u64,
            licenses: active.filter(|m| m.licensed).count() as u64,
            projects: self.projects.values().filter(|p| p.deleted_at.is_none()).count() as u64,
            keys: self.keys.values().filter(|k| k.status == KeyStatus::Active).count() as u64,
        }
    }

    /// Every role in use, with its uses.
    pub fn role_uses(&self) -> BTreeMap<&str, RoleUse> {
        let mut uses: BTreeMap<&str, RoleUse> = BTreeMap::new();
        for member in self.members.values().filter(|m| m.status == MemberStatus::Active) {
            uses.entry(&member.role).or_default().members += 1;
        }
        for invitation in self.invitations.values().filter(|i| i.is_pending()) {
            uses.entry(&invitation.role).or_default().pending += 1;
        }
        for link in self.links.values().filter(|l| l.status == LinkStatus::Active) {
            uses.entry(&link.role).or_default().links += 1;
        }
        for member in self.project_members.values().filter(|m| m.status == MemberStatus::Active) {
            uses.entry(&member.role).or_default().project_members += 1;
        }
        uses
    }
}

impl InvitationState {
    pub fn is_pending(&self) -> bool {
        self.status == InvitationStatus::Pending
    }
}
