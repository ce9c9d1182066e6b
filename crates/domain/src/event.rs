//! The events of an organization's log. Their names and fields are stored for good: add, never change.

mod credentials;
mod domain;
mod webhooks;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::facts::Restrictions;
use crate::key::Kept;
use crate::{
    ApiKeyId, DomainId, InvitationId, JoinRequestId, LinkId, MailId, MemberId, OauthClientId, OrgId, ProjectId,
    ProjectMemberId, UserId, WebhookId,
};

pub use credentials::*;
pub use domain::*;
pub use webhooks::*;

/// What happened, to what. The identifier in each variant is the event's target; the rest is its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    OrgCreated(OrgId, OrgCreated),
    OrgRenamed(OrgId, OrgRenamed),
    OrgSettingsChanged(OrgId, OrgSettingsChanged),
    OrgLimitsChanged(OrgId, LimitsChanged),
    OrgBilledOwnerChanged(OrgId, BilledOwnerChanged),
    OrgDeleted(OrgId, Nothing),
    PolicyChanged(OrgId, PolicyChanged),
    PlanChanged(OrgId, PlanChanged),
    MemberJoined(MemberId, MemberJoined),
    MemberLeft(MemberId, Nothing),
    MemberRemoved(MemberId, Nothing),
    MemberRoleChanged(MemberId, RoleChanged),
    MemberLimitsChanged(MemberId, LimitsChanged),
    MemberRestrictionsChanged(MemberId, RestrictionsChanged),
    LicenseAssigned(MemberId, Nothing),
    LicenseRemoved(MemberId, Nothing),
    InvitationCreated(InvitationId, InvitationCreated),
    InvitationResent(InvitationId, InvitationResent),
    InvitationAccepted(InvitationId, InvitationAccepted),
    InvitationDeclined(InvitationId, Nothing),
    InvitationCancelled(InvitationId, Nothing),
    /// Time is an event: what expires stops counting by this, never by a clock unseen.
    InvitationExpired(InvitationId, Nothing),
    LinkCreated(LinkId, LinkCreated),
    LinkRevoked(LinkId, Nothing),
    LinkExpired(LinkId, Nothing),
    ProjectCreated(ProjectId, ProjectCreated),
    ProjectRenamed(ProjectId, ProjectRenamed),
    ProjectDeleted(ProjectId, Nothing),
    ProjectMemberJoined(ProjectMemberId, ProjectMemberJoined),
    ProjectMemberLeft(ProjectMemberId, Nothing),
    ProjectMemberRemoved(ProjectMemberId, Nothing),
    ProjectMemberRoleChanged(ProjectMemberId, RoleChanged),
    ApiKeyCreated(ApiKeyId, ApiKeyCreated),
    ApiKeyChanged(ApiKeyId, ApiKeyChanged),
    ApiKeyRotated(ApiKeyId, ApiKeyRotated),
    ApiKeyRevoked(ApiKeyId, Nothing),
    ApiKeyExpired(ApiKeyId, Nothing),
    /// Its holder went, and it stays, frozen at what it could do.
    ApiKeyKept(ApiKeyId, Kept),
    /// Its holder went, and another member took it over.
    ApiKeyAdopted(ApiKeyId, ApiKeyAdopted),
    OauthClientCreated(OauthClientId, OauthClientCreated),
    OauthClientRenamed(OauthClientId, OauthClientRenamed),
    OauthClientRotated(OauthClientId, OauthClientRotated),
    OauthClientRevoked(OauthClientId, Nothing),
    WebhookCreated(WebhookId, WebhookCreated),
    WebhookChanged(WebhookId, WebhookChanged),
    WebhookRotated(WebhookId, WebhookRotated),
    /// Told to that endpoint alone, whatever it wants to hear.
    WebhookTested(WebhookId, Nothing),
    /// It is told once more what it was told, or would have been.
    WebhookReplayed(WebhookId, WebhookReplayed),
    /// It failed for days, or said that it is gone.
    WebhookDisabled(WebhookId, Nothing),
    WebhookDeleted(WebhookId, Nothing),
    /// A mail is to be sent once more.
    MailRetried(MailId, Nothing),
    DomainClaimed(DomainId, DomainClaimed),
    DomainVerified(DomainId, Nothing),
    DomainChanged(DomainId, DomainChanged),
    /// Its proof has been gone for too long.
    DomainLapsed(DomainId, Nothing),
    /// Another organization has proved it.
    DomainMoved(DomainId, Nothing),
    DomainReleased(DomainId, Nothing),
    JoinRequestCreated(JoinRequestId, JoinRequestCreated),
    JoinRequestDeclined(JoinRequestId, Nothing),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgCreated {
    pub name: String,
    pub policy: String,
    pub policy_hash: String,
    pub top_role: String,
    pub plan: String,
    /// Whether its members may be in no other organization that says so.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exclusive: bool,
    /// Whether it starts without e-mails.
    #[serde(default, skip_serializing_if = "is_false")]
    pub emails_off: bool,
    /// The creator's membership, where the policy marks one as the billed owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_owner: Option<MemberId>,
}

/// Other rules. The document of that hash is kept, so the log can be read with the rules of each day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChanged {
    /// The policy's name.
    pub policy: String,
    pub policy_hash: String,
    /// The hash before.
    pub was: String,
    pub top_role: String,
    /// The plan under the new rules.
    pub plan: String,
    /// Every role there is now: whoever holds another would be stranded.
    pub roles: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub exclusive: bool,
    /// The membership marked as the billed owner, where the new rules mark one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_owner: Option<MemberId>,
}

/// What the organization has bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChanged {
    pub plan: String,
    /// A number of its own; absent: what the plan says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<u64>,
    /// Where more can be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgrade_url: Option<String>,
    /// The plan before.
    pub was: String,
}

/// Only what changes is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgSettingsChanged {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_notifications: Option<bool>,
    /// The role of those who join by a verified domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_join_role: Option<String>,
    /// For how many days activity is kept; `Some(None)`: for good.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "even_null")]
    pub activity_retention_days: Option<Option<u32>>,
    /// How long ago a person may have signed in who changes something dangerous; `Some(None)`: as long as their session lasts.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "even_null")]
    pub reauth_after_s: Option<Option<u32>>,
}

/// A field that is there, `null` as well.
fn even_null<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Named numbers, all of them: what is not there is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsChanged {
    pub limits: BTreeMap<String, u64>,
}

/// Permissions that a member has for some resources only, all of them: what is not there is not restricted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestrictionsChanged {
    pub restrictions: Restrictions,
}

/// The mark of the account that is billed moves to another membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BilledOwnerChanged {
    pub member: MemberId,
    /// Who had it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<MemberId>,
}

fn is_false(it: &bool) -> bool {
    !*it
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgRenamed {
    pub name: String,
    /// The name before.
    pub was: String,
}

/// Names and addresses of people are not in here: they live in the account, so that erasing them is possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberJoined {
    pub user: UserId,
    pub role: String,
    /// Absent for the creator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationId>,
    /// The invite link, for those who came by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// The domain of their address, for those who came by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<DomainId>,
    /// What they asked, if somebody had to let them in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<JoinRequestId>,
}

impl MemberJoined {
    /// Somebody who came by nothing but their own doing: whoever makes an organization.
    pub fn founding(user: UserId, role: String) -> Self {
        Self { user, role, invitation: None, link: None, domain: None, request: None }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChanged {
    pub role: String,
    /// The role before.
    pub was: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationCreated {
    pub email: String,
    pub email_key: String,
    pub role: String,
    pub invited_by: MemberId,
    pub generation: u64,
    /// The deployment key from which the token is derived.
    pub key_id: String,
    /// Milliseconds since 1970.
    pub expires_at: i64,
    /// The project it leads into, for those who are to be in no more than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// What a search finds it by. Absent in logs older than the index of words; the address and its domain stood in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationResent {
    pub generation: u64,
    pub key_id: String,
    pub expires_at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationAccepted {
    /// The membership it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// The project membership it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_member: Option<ProjectMemberId>,
}

/// A link that lets in whoever has it. The token is derived from the deployment key `key_id` and the link's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCreated {
    pub role: String,
    pub created_by: MemberId,
    pub key_id: String,
    /// Milliseconds since 1970.
    pub expires_at: i64,
    /// How many may join by it; absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_max: Option<u64>,
    /// Domains of addresses that may join, as A-labels; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectCreated {
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectRenamed {
    pub name: String,
    /// The name before.
    pub was: String,
}

/// A person's time in one project of an organization, with a role there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectMemberJoined {
    pub project: ProjectId,
    pub user: UserId,
    pub role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationId>,
}

/// The data of an event whose name says it all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nothing {}

macro_rules! changes {
    ($($variant:ident => $kind:literal, $id:ident;)*) => {
        /// Every type an event may have.
        pub const EVENT_TYPES: &[&str] = &[$($kind),*];

        impl Change {
            /// The event's type, as stored.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(..) => $kind,)* }
            }

            /// The id of what was changed.
            pub fn target(&self) -> &str {
                match self { $(Self::$variant(id, _) => id.as_str(),)* }
            }

            /// The event's data, as stored.
            pub fn data(&self) -> String {
                // Structs of strings and numbers always serialize; an empty object would fail its fold, loudly.
                match self { $(Self::$variant(_, data) => serde_json::to_string(data),)* }.unwrap_or_else(|_| "{}".to_owned())
            }

            /// Reads a stored event back. `None` for a type or shape that this version does not know.
            pub fn read(kind: &str, target: &str, data: &Value) -> Option<Self> {
                match kind {
                    $($kind => Some(Self::$variant($id::parse(target)?, serde_json::from_value(data.clone()).ok()?)),)*
                    _ => None,
                }
            }
        }
    };
}

changes! {
    OrgCreated => "org.created", OrgId;
    OrgRenamed => "org.renamed", OrgId;
    OrgSettingsChanged => "org.settings_changed", OrgId;
    OrgLimitsChanged => "org.limits_changed", OrgId;
    OrgBilledOwnerChanged => "org.billed_owner_changed", OrgId;
    OrgDeleted => "org.deleted", OrgId;
    PolicyChanged => "policy.changed", OrgId;
    PlanChanged => "plan.changed", OrgId;
    MemberJoined => "member.joined", MemberId;
    MemberLeft => "member.left", MemberId;
    MemberRemoved => "member.removed", MemberId;
    MemberRoleChanged => "member.role_changed", MemberId;
    MemberLimitsChanged => "member.limits_changed", MemberId;
    MemberRestrictionsChanged => "member.restrictions_changed", MemberId;
    LicenseAssigned => "license.assigned", MemberId;
    LicenseRemoved => "license.removed", MemberId;
    InvitationCreated => "invitation.created", InvitationId;
    InvitationResent => "invitation.resent", InvitationId;
    InvitationAccepted => "invitation.accepted", InvitationId;
    InvitationDeclined => "invitation.declined", InvitationId;
    InvitationCancelled => "invitation.cancelled", InvitationId;
    InvitationExpired => "invitation.expired", InvitationId;
    LinkCreated => "invite_link.created", LinkId;
    LinkRevoked => "invite_link.revoked", LinkId;
    LinkExpired => "invite_link.expired", LinkId;
    ProjectCreated => "project.created", ProjectId;
    ProjectRenamed => "project.renamed", ProjectId;
    ProjectDeleted => "project.deleted", ProjectId;
    ProjectMemberJoined => "project.member_joined", ProjectMemberId;
    ProjectMemberLeft => "project.member_left", ProjectMemberId;
    ProjectMemberRemoved => "project.member_removed", ProjectMemberId;
    ProjectMemberRoleChanged => "project.member_role_changed", ProjectMemberId;
    ApiKeyCreated => "api_key.created", ApiKeyId;
    ApiKeyChanged => "api_key.changed", ApiKeyId;
    ApiKeyRotated => "api_key.rotated", ApiKeyId;
    ApiKeyRevoked => "api_key.revoked", ApiKeyId;
    ApiKeyExpired => "api_key.expired", ApiKeyId;
    ApiKeyKept => "api_key.kept", ApiKeyId;
    ApiKeyAdopted => "api_key.adopted", ApiKeyId;
    OauthClientCreated => "oauth_client.created", OauthClientId;
    OauthClientRenamed => "oauth_client.renamed", OauthClientId;
    OauthClientRotated => "oauth_client.rotated", OauthClientId;
    OauthClientRevoked => "oauth_client.revoked", OauthClientId;
    WebhookCreated => "webhook.created", WebhookId;
    WebhookChanged => "webhook.changed", WebhookId;
    WebhookRotated => "webhook.rotated", WebhookId;
    WebhookTested => "webhook.tested", WebhookId;
    WebhookReplayed => "webhook.replayed", WebhookId;
    WebhookDisabled => "webhook.disabled", WebhookId;
    WebhookDeleted => "webhook.deleted", WebhookId;
    MailRetried => "mail.retried", MailId;
    DomainClaimed => "domain.claimed", DomainId;
    DomainVerified => "domain.verified", DomainId;
    DomainChanged => "domain.changed", DomainId;
    DomainLapsed => "domain.lapsed", DomainId;
    DomainMoved => "domain.moved", DomainId;
    DomainReleased => "domain.released", DomainId;
    JoinRequestCreated => "join_request.created", JoinRequestId;
    JoinRequestDeclined => "join_request.declined", JoinRequestId;
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// 1, 2, 3, … within the organization.
    pub version: u64,
    /// Milliseconds since 1970: the running maximum of the claimed times.
    pub effective_at: i64,
    pub change: Change,
}
