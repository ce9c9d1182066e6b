//! The events of an organization's log. Their names and fields are stored for good: add, never change.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{InvitationId, MemberId, OrgId, UserId};

/// What happened, to what. The identifier in each variant is the event's target; the rest is its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    OrgCreated(OrgId, OrgCreated),
    OrgRenamed(OrgId, OrgRenamed),
    OrgDeleted(OrgId, Nothing),
    MemberJoined(MemberId, MemberJoined),
    MemberLeft(MemberId, Nothing),
    MemberRemoved(MemberId, Nothing),
    MemberRoleChanged(MemberId, MemberRoleChanged),
    InvitationCreated(InvitationId, InvitationCreated),
    InvitationResent(InvitationId, InvitationResent),
    InvitationAccepted(InvitationId, InvitationAccepted),
    InvitationDeclined(InvitationId, Nothing),
    InvitationCancelled(InvitationId, Nothing),
    /// Time is an event: what expires stops counting by this, never by a clock unseen.
    InvitationExpired(InvitationId, Nothing),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgCreated {
    pub name: String,
    pub policy: String,
    pub policy_hash: String,
    pub top_role: String,
    pub plan: String,
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
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRoleChanged {
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
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationResent {
    pub generation: u64,
    pub key_id: String,
    pub expires_at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationAccepted {
    pub member: MemberId,
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
    OrgDeleted => "org.deleted", OrgId;
    MemberJoined => "member.joined", MemberId;
    MemberLeft => "member.left", MemberId;
    MemberRemoved => "member.removed", MemberId;
    MemberRoleChanged => "member.role_changed", MemberId;
    InvitationCreated => "invitation.created", InvitationId;
    InvitationResent => "invitation.resent", InvitationId;
    InvitationAccepted => "invitation.accepted", InvitationId;
    InvitationDeclined => "invitation.declined", InvitationId;
    InvitationCancelled => "invitation.cancelled", InvitationId;
    InvitationExpired => "invitation.expired", InvitationId;
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
