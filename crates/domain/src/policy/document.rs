//! The policy document: roles in rank order, what each may do and to whom, seats, plans, lifetimes.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The rules of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub name: String,
    pub title: String,
    pub description: String,
    /// In how many organizations with such a policy a person may be at a time.
    pub organizations_per_person: OrganizationsPerPerson,
    /// The role of those who join by a verified domain.
    pub auto_join_role: String,
    pub invitation: Invitation,
    pub top_role: TopRole,
    pub seats: Seats,
    pub leaver_keys: LeaverKeys,
    /// The first plan is the one a new organization is on.
    #[serde(rename = "plan")]
    plans: Vec<Plan>,
    /// In rank order; the first is the top role.
    #[serde(rename = "role")]
    roles: Vec<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationsPerPerson {
    Many,
    /// A person leaves one before joining another.
    One,
}

/// How long invitations live, in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// One by address.
    pub lifetime_s: u64,
    /// A shareable link.
    pub link_lifetime_s: u64,
}

/// Of the top role at least one holder always remains; this says how many there may be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopRole {
    pub holders: Holders,
    /// Whether one of the holders is marked as the account that is billed.
    #[serde(default)]
    pub billed_owner: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holders {
    One,
    Several,
    /// As many as the organization's plan says.
    Plan,
}

/// What a seat is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seats {
    pub mode: SeatMode,
    /// The tier that a licensed member has; for [`SeatMode::Licenses`] only.
    #[serde(default)]
    pub tier: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaverKeys {
    pub default: KeyFate,
    /// What a removal may choose instead, key by key.
    pub allowed: BTreeSet<KeyFate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyFate {
    Revoke,
    Keep,
    /// Another member takes the key over.
    Adopt,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub name: String,
    pub title: String,
    /// Absent: no limit.
    #[serde(default)]
    pub seats: Option<u64>,
    /// Absent: no limit.
    #[serde(default)]
    pub top_role_holders_max: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub name: String,
    pub title: String,
    pub description: String,
    /// Whether a holder may have API keys.
    #[serde(default)]
    pub holds_keys: bool,
    permissions: BTreeSet<String>,
    /// Roles that a holder may invite to, given `member.invite`.
    #[serde(default)]
    invites: BTreeSet<String>,
    /// Roles whose holders a holder may re-role, given `member.change_role`.
    #[serde(default)]
    changes_from: BTreeSet<String>,
    /// Roles that a holder may give when re-roling.
    #[serde(default)]
    changes_to: BTreeSet<String>,
    /// Roles whose holders a holder may remove, given `member.remove`.
    #[serde(default)]
    removes: BTreeSet<String>,
    /// Roles that a holder may take instead of this one, while another holder of the top role remains.
    #[serde(default)]
    steps_down_to: BTreeSet<String>,
}

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    #[error("the document is not stored")]
    Missing,
    #[error("the document is not a policy: {0}")]
    Malformed(String),
    /// Every mistake, each with where it stands.
    #[error("{}", .0.join("; "))]
    Inconsistent(Vec<String>),
}

impl Policy {
    /// # Errors
    /// Says what is wrong with the document, all of it at once where it is of the right shape.
    pub fn parse(document: &str) -> Result<Self, PolicyFault> {
        let policy: Self = serde_json::from_str(document).map_err(|e| PolicyFault::Malformed(e.to_string()))?;
        let faults = super::check::faults(&policy);
        if faults.is_empty() { Ok(policy) } else { Err(PolicyFault::Inconsistent(faults)) }
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

    /// The role of which a holder must remain.
    pub fn top_role_name(&self) -> &str {
        self.roles.first().map_or("", |r| &r.name)
    }

    pub fn first_plan_name(&self) -> &str {
        self.plans.first().map_or("", |p| &p.name)
    }

    /// How many seats there are on that plan, unless the organization has a number of its own. `None`: no limit.
    pub fn seats_max(&self, plan: &str, own: Option<u64>) -> Option<u64> {
        match self.seats.mode {
            SeatMode::None => None,
            SeatMode::Members | SeatMode::Licenses => {
                own.or_else(|| self.plans.iter().find(|p| p.name == plan).and_then(|p| p.seats))
            }
        }
    }

    /// How many may hold the top role on that plan. `None`: no limit.
    pub fn top_role_holders_max(&self, plan: &str) -> Option<u64> {
        match self.top_role.holders {
            Holders::One => Some(1),
            Holders::Several => None,
            Holders::Plan => self.plans.iter().find(|p| p.name == plan).and_then(|p| p.top_role_holders_max),
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

    pub fn may_invite(&self, role: &str) -> bool {
        self.invites.contains(role)
    }

    /// Whether a holder may move others from one role to another.
    pub fn may_change(&self, from: &str, to: &str) -> bool {
        self.changes_from.contains(from) && self.changes_to.contains(to)
    }

    pub fn may_remove(&self, role: &str) -> bool {
        self.removes.contains(role)
    }

    pub fn may_step_down_to(&self, role: &str) -> bool {
        self.steps_down_to.contains(role)
    }

    /// The lists that name roles, with their names in the document.
    pub(super) fn role_lists(&self) -> [(&'static str, &BTreeSet<String>); 5] {
        [
            ("invites", &self.invites),
            ("changes_from", &self.changes_from),
            ("changes_to", &self.changes_to),
            ("removes", &self.removes),
            ("steps_down_to", &self.steps_down_to),
        ]
    }
}
