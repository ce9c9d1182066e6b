//! The policy document: roles in rank order, what each may do and to whom, seats, plans, lifetimes.

use std::collections::BTreeSet;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{check, read};
use crate::command::PolicyDocument;
use crate::secret::hex;

/// The rules of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    pub name: String,
    pub title: String,
    pub description: String,
    /// In how many organizations with such a policy a person may be at a time.
    pub organizations_per_person: OrganizationsPerPerson,
    /// The role of those who join by a verified domain.
    pub auto_join_role: String,
    /// Whether an organization starts with its e-mails on.
    pub emails: bool,
    pub invitation: Invitation,
    pub top_role: TopRole,
    pub seats: Seats,
    pub leaver_keys: LeaverKeys,
    pub projects: Projects,
    /// The first plan is the one a new organization is on.
    pub(super) plans: Vec<Plan>,
    /// In rank order; the first is the top role.
    pub(super) roles: Vec<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationsPerPerson {
    Many,
    /// A person leaves one before joining another.
    One,
}

/// How long invitations live, in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invitation {
    /// One by address.
    pub lifetime_s: u64,
    /// A shareable link.
    pub link_lifetime_s: u64,
}

/// Of the top role at least one holder always remains; this says how many there may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TopRole {
    pub holders: Holders,
    /// Whether one of the holders is marked as the account that is billed.
    pub billed_owner: bool,
    /// An organization with fewer holders gets a hint to appoint another. 0: never.
    pub advise_min: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holders {
    One,
    Several,
    /// As many as the organization's plan says.
    Plan,
}

/// What a seat is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seats {
    pub mode: SeatMode,
    /// The tier that a licensed member has; for [`SeatMode::Licenses`], and only there.
    pub tier: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatMode {
    /// Nothing is counted.
    None,
    /// Active members and pending invitations fill seats.
    Members,
    /// Assigned licences fill seats; being a member does not.
    Licenses,
}

/// What becomes of a leaver's API keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaverKeys {
    pub default: KeyFate,
    /// What a removal may choose instead, key by key.
    pub allowed: BTreeSet<KeyFate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyFate {
    Revoke,
    Keep,
    /// Another member takes the key over.
    Adopt,
}

impl KeyFate {
    /// As documents and requests have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Keep => "keep",
            Self::Adopt => "adopt",
        }
    }
}

/// What projects add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Projects {
    /// Roles that a person may have in one project without being a member of the organization.
    pub guest_roles: BTreeSet<String>,
}

/// What is sold: numbers by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    pub name: String,
    pub title: String,
    /// `None`: no limit.
    pub seats: Option<u64>,
    /// `None`: no limit.
    pub top_role_holders_max: Option<u64>,
}

/// A role and its reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Role {
    pub name: String,
    pub title: String,
    pub description: String,
    /// Whether a holder may have API keys.
    pub holds_keys: bool,
    pub(super) permissions: BTreeSet<String>,
    /// Roles that a holder may invite to, given `member.invite`.
    pub(super) invites: BTreeSet<String>,
    /// Roles whose holders a holder may re-role, given `member.change_role`.
    pub(super) changes_from: BTreeSet<String>,
    /// Roles that a holder may give when re-roling.
    pub(super) changes_to: BTreeSet<String>,
    /// Roles whose holders a holder may remove, given `member.remove`.
    pub(super) removes: BTreeSet<String>,
    /// Roles that a holder may take instead of this one, while another holder of the top role remains.
    pub(super) steps_down_to: BTreeSet<String>,
}

/// Why a document cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    #[error("the document is not stored")]
    Missing,
    #[error("the document is not JSON: {0}")]
    Malformed(String),
    /// Every mistake, each with where it stands.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Inconsistent(Vec<PolicyMistake>),
}

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct PolicyMistake {
    /// Such as `roles[1].permissions[3]`; empty for the document as a whole.
    pub place: String,
    pub kind: MistakeKind,
    /// A sentence for people, without the place.
    pub message: String,
}

/// What sort of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MistakeKind {
    Missing,
    Unknown,
    WrongType,
    TooShort,
    TooLong,
    OutOfRange,
    NotAllowed,
    Invalid,
}

impl PolicyMistake {
    pub fn new(place: impl Into<String>, kind: MistakeKind, message: impl Into<String>) -> Self {
        Self { place: place.into(), kind, message: message.into() }
    }
}

impl Policy {
    /// Reads a policy that somebody wrote, and checks that it makes sense.
    ///
    /// # Errors
    /// Names every mistake and where it stands.
    pub fn of(value: &serde_json::Value) -> Result<Self, PolicyFault> {
        let draft = read::read(value);
        let mut mistakes = draft.mistakes;
        mistakes.extend(check::mistakes(&draft.policy, value, &draft.unread));
        if mistakes.is_empty() { Ok(draft.policy) } else { Err(PolicyFault::Inconsistent(mistakes)) }
    }

    /// The same for a document.
    ///
    /// # Errors
    /// As for [`Policy::of`]; and when it is no JSON.
    pub fn parse(document: &str) -> Result<Self, PolicyFault> {
        Self::of(&json(document)?)
    }

    /// Reads a document that was checked when it was stored. It is not checked again: what a later release asks for must
    /// not lock an organization out of the rules it has.
    ///
    /// # Errors
    /// When something in it cannot be read, or means something that this release does not know.
    pub fn stored(document: &str) -> Result<Self, PolicyFault> {
        let draft = read::read(&read::with_present_names(json(document)?));
        let mut mistakes = draft.mistakes;
        mistakes.retain(|mistake| mistake.kind == MistakeKind::Unknown || draft.unread.contains(&mistake.place));
        if mistakes.is_empty() { Ok(draft.policy) } else { Err(PolicyFault::Inconsistent(mistakes)) }
    }

    /// The policy as it is stored: the same policy always has the same bytes.
    pub fn document(&self) -> String {
        // A value keeps its members sorted. Structs of text, numbers and lists always serialize; anything else would
        // fail to be read again, loudly.
        serde_json::to_value(self).map(|value| value.to_string()).unwrap_or_default()
    }

    /// The document with the hash it goes by; a preset's own where it is one.
    pub fn sealed(&self) -> PolicyDocument {
        if let Some(preset) = super::preset_of(self) {
            return PolicyDocument { hash: preset.hash.to_owned(), document: preset.document.to_owned() };
        }
        let document = self.document();
        PolicyDocument { hash: hex(&Sha256::digest(document.as_bytes())), document }
    }

    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|r| r.name == name)
    }

    pub fn role_names(&self) -> Vec<String> {
        self.roles.iter().map(|r| r.name.clone()).collect()
    }

    /// Every permission that some role has, by name.
    pub fn permissions(&self) -> BTreeSet<&str> {
        self.roles.iter().flat_map(|role| role.permissions.iter().map(String::as_str)).collect()
    }

    /// The role of which a holder must remain.
    pub fn top_role_name(&self) -> &str {
        self.roles.first().map_or("", |r| &r.name)
    }

    pub fn first_plan_name(&self) -> &str {
        self.plans.first().map_or("", |p| &p.name)
    }

    pub fn plan(&self, name: &str) -> Option<&Plan> {
        self.plans.iter().find(|p| p.name == name)
    }

    /// How many seats there are on that plan, unless the organization has a number of its own. `None`: no limit.
    pub fn seats_max(&self, plan: &str, own: Option<u64>) -> Option<u64> {
        match self.seats.mode {
            SeatMode::None => None,
            SeatMode::Members | SeatMode::Licenses => own.or_else(|| self.plan(plan).and_then(|p| p.seats)),
        }
    }

    /// How many may hold the top role on that plan. `None`: no limit.
    pub fn top_role_holders_max(&self, plan: &str) -> Option<u64> {
        match self.top_role.holders {
            Holders::One => Some(1),
            Holders::Several => None,
            Holders::Plan => self.plan(plan).and_then(|p| p.top_role_holders_max),
        }
    }
}

impl Role {
    pub fn has(&self, permission: &str) -> bool {
        self.permissions.contains(permission)
    }

    pub fn permissions(&self) -> &BTreeSet<String> {
        &self.permissions
    }

    /// What `other` may do and this role may not: whoever lacks something cannot give it.
    pub fn lacks(&self, other: &Self) -> Vec<String> {
        other.permissions.difference(&self.permissions).cloned().collect()
    }

    pub fn may_invite(&self, role: &str) -> bool {
        self.invites.contains(role)
    }

    /// Whether a holder may let others in with that role: invite to it, and give all that it grants.
    pub fn may_let_in(&self, role: &Self) -> bool {
        self.has("member.invite") && self.may_invite(&role.name) && self.lacks(role).is_empty()
    }

    /// Whether a holder may move others from one role to another.
    pub fn may_change(&self, from: &str, to: &str) -> bool {
        self.changes_from.contains(from) && self.changes_to.contains(to)
    }

    /// Whether a holder may re-role those who have that role, to whatever.
    pub fn may_change_from(&self, from: &str) -> bool {
        self.changes_from.contains(from)
    }

    pub fn may_remove(&self, role: &str) -> bool {
        self.removes.contains(role)
    }

    pub fn may_step_down_to(&self, role: &str) -> bool {
        self.steps_down_to.contains(role)
    }

    /// Whether a holder brings in, moves and removes nobody that a holder of the other role could not.
    pub fn reaches_no_further_than(&self, other: &Self) -> bool {
        self.role_lists().iter().zip(other.role_lists()).all(|((_, own), (_, others))| own.is_subset(others))
    }

    /// The lists that name roles, with their names in the document.
    pub fn role_lists(&self) -> [(&'static str, &BTreeSet<String>); 5] {
        [
            ("invites", &self.invites),
            ("changes_from", &self.changes_from),
            ("changes_to", &self.changes_to),
            ("removes", &self.removes),
            ("steps_down_to", &self.steps_down_to),
        ]
    }
}

fn json(document: &str) -> Result<serde_json::Value, PolicyFault> {
    serde_json::from_str(document).map_err(|e| PolicyFault::Malformed(e.to_string()))
}
