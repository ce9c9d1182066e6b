//! Policies: the rules that an organization lives by.

use latchkey_domain::policy::{self, PolicyFault};
use serde_json::Value;

use super::{representation, words};
use crate::field_types::{CursorText, PageLimit};
use crate::fields::{Fields, Request, json_of, request};
use crate::problem::Problem;
use crate::represent::policy_mistakes;

words! {
    /// In how many organizations with such a policy a person may be at a time.
    pub enum OrganizationsPerPerson {
        Many = "many",
        /// A person leaves one before joining another.
        One = "one",
    }
}

words! {
    /// How many may hold the top role. One always remains.
    pub enum TopRoleHolders {
        One = "one",
        Several = "several",
        /// As many as the plan says.
        Plan = "plan",
    }
}

words! {
    /// What fills a seat.
    pub enum SeatMode {
        /// Nothing is counted.
        None = "none",
        /// Active members and pending invitations.
        Members = "members",
        /// Assigned licences; being a member does not.
        Licenses = "licenses",
    }
}

words! {
    /// What becomes of a leaver's API key.
    pub enum KeyFate {
        Revoke = "revoke",
        Keep = "keep",
        /// Another member takes it over.
        Adopt = "adopt",
    }
}

request! {
    /// Which page of the presets.
    pub struct ListPolicies {
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

/// Replaces the rules of an organization: a whole policy, as it is read. Every mistake is named where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct SetOrgPolicy(pub policy::Policy);

impl Request for SetOrgPolicy {
    const NAME: &'static str = "SetOrgPolicy";

    /// A policy is read as a whole, by the domain.
    fn read(_: &mut Fields<'_>) -> Option<Self> {
        None
    }

    fn from_json(bytes: &[u8]) -> Result<Self, Problem> {
        let value: Value = json_of(bytes)?;
        match policy::Policy::of(&value) {
            Ok(policy) => Ok(Self(policy)),
            Err(PolicyFault::Inconsistent(mistakes)) => Err(Problem::invalid(policy_mistakes(mistakes))),
            Err(other) => Err(Problem::internal(other.to_string())),
        }
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for SetOrgPolicy {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Self::NAME.into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        // What may be left out is what a policy of an older release did not have; the description asks for all of it.
        schemars::json_schema!({
            "description": "A whole policy, as it is read. Every mistake is named by its place, such as `roles[1].permissions[3]`.",
            "allOf": [generator.subschema_for::<Policy>()],
        })
    }
}

representation! {
    /// A policy by name, for a choice among them.
    pub struct PolicySummary {
        pub name: String,
        pub title: String,
        pub description: String,
    }

    /// The rules of an organization: who may do what, how many of what there may be, and for how long.
    pub struct Policy {
        /// A preset's name is the preset's alone: rules derived from it have another.
        pub name: String,
        pub title: String,
        pub description: String,
        pub organizations_per_person: OrganizationsPerPerson,
        /// The role of those who join by a verified domain; never the top role.
        pub auto_join_role: String,
        /// Whether an organization starts with its e-mails on.
        pub emails: bool,
        pub invitation: PolicyInvitation,
        pub top_role: PolicyTopRole,
        pub seats: PolicySeats,
        pub leaver_keys: PolicyLeaverKeys,
        pub projects: PolicyProjects,
        /// A new organization is on the first one.
        pub plans: Vec<PolicyPlan>,
        /// In rank order: the first is the top role.
        pub roles: Vec<PolicyRole>,
    }

    /// How long invitations live.
    pub struct PolicyInvitation {
        /// Of an invitation by e-mail, in seconds.
        pub lifetime_s: u64,
        /// Of an invite link, in seconds.
        pub link_lifetime_s: u64,
    }

    /// The first of the roles, of which one holder always remains.
    pub struct PolicyTopRole {
        pub holders: TopRoleHolders,
        /// Whether one of the holders is marked as the account that is billed.
        pub billed_owner: bool,
        /// An organization with fewer holders gets a hint to appoint another. 0: never.
        pub advise_min: u64,
    }

    /// What a seat is.
    pub struct PolicySeats {
        pub mode: SeatMode,
        /// The tier of a licensed member; `null` unless licences are counted.
        pub tier: Option<String>,
    }

    /// What becomes of the API keys of somebody who goes.
    pub struct PolicyLeaverKeys {
        pub default: KeyFate,
        /// What a removal may choose, key by key.
        pub allowed: Vec<KeyFate>,
    }

    /// What projects add.
    pub struct PolicyProjects {
        /// Roles that a person may have in one project without being a member of the organization.
        pub guest_roles: Vec<String>,
    }

    /// What is sold.
    pub struct PolicyPlan {
        pub name: String,
        pub title: String,
        /// `null`: no limit.
        pub seats: Option<u64>,
        /// `null`: no limit.
        pub top_role_holders_max: Option<u64>,
    }

    /// A role, what it may do, and to whom.
    pub struct PolicyRole {
        pub name: String,
        pub title: String,
        pub description: String,
        /// Whether a holder may have API keys.
        pub holds_keys: bool,
        /// Latchkey's own, such as `member.invite`, and those of the host product, which Latchkey only answers about.
        pub permissions: Vec<String>,
        /// Roles that a holder may invite to.
        pub invites: Vec<String>,
        /// Roles whose holders a holder may give another role.
        pub changes_from: Vec<String>,
        /// Roles that a holder may give them.
        pub changes_to: Vec<String>,
        /// Roles whose holders a holder may remove.
        pub removes: Vec<String>,
        /// Roles that a holder may take instead of this one.
        pub steps_down_to: Vec<String>,
    }
}

impl From<&policy::Policy> for PolicySummary {
    fn from(policy: &policy::Policy) -> Self {
        Self { name: policy.name.clone(), title: policy.title.clone(), description: policy.description.clone() }
    }
}

impl From<&policy::Policy> for Policy {
    fn from(policy: &policy::Policy) -> Self {
        Self {
            name: policy.name.clone(),
            title: policy.title.clone(),
            description: policy.description.clone(),
            organizations_per_person: match policy.organizations_per_person {
                policy::OrganizationsPerPerson::Many => OrganizationsPerPerson::Many,
                policy::OrganizationsPerPerson::One => OrganizationsPerPerson::One,
            },
            auto_join_role: policy.auto_join_role.clone(),
            emails: policy.emails,
            invitation: PolicyInvitation {
                lifetime_s: policy.invitation.lifetime_s,
                link_lifetime_s: policy.invitation.link_lifetime_s,
            },
            top_role: PolicyTopRole {
                holders: match policy.top_role.holders {
                    policy::Holders::One => TopRoleHolders::One,
                    policy::Holders::Several => TopRoleHolders::Several,
                    policy::Holders::Plan => TopRoleHolders::Plan,
                },
                billed_owner: policy.top_role.billed_owner,
                advise_min: policy.top_role.advise_min,
            },
            seats: PolicySeats { mode: policy.seats.mode.into(), tier: policy.seats.tier.clone() },
            leaver_keys: PolicyLeaverKeys {
                default: policy.leaver_keys.default.into(),
                allowed: policy.leaver_keys.allowed.iter().map(|fate| (*fate).into()).collect(),
            },
            projects: PolicyProjects { guest_roles: policy.projects.guest_roles.iter().cloned().collect() },
            plans: policy.plans().iter().map(Into::into).collect(),
            roles: policy.roles().iter().map(Into::into).collect(),
        }
    }
}

impl From<policy::SeatMode> for SeatMode {
    fn from(mode: policy::SeatMode) -> Self {
        match mode {
            policy::SeatMode::None => Self::None,
            policy::SeatMode::Members => Self::Members,
            policy::SeatMode::Licenses => Self::Licenses,
        }
    }
}

impl From<policy::KeyFate> for KeyFate {
    fn from(fate: policy::KeyFate) -> Self {
        match fate {
            policy::KeyFate::Revoke => Self::Revoke,
            policy::KeyFate::Keep => Self::Keep,
            policy::KeyFate::Adopt => Self::Adopt,
        }
    }
}

impl From<&policy::Plan> for PolicyPlan {
    fn from(plan: &policy::Plan) -> Self {
        Self {
            name: plan.name.clone(),
            title: plan.title.clone(),
            seats: plan.seats,
            top_role_holders_max: plan.top_role_holders_max,
        }
    }
}

impl From<&policy::Role> for PolicyRole {
    fn from(role: &policy::Role) -> Self {
        let [invites, changes_from, changes_to, removes, steps_down_to] =
            role.role_lists().map(|(_, names)| names.iter().cloned().collect());
        Self {
            name: role.name.clone(),
            title: role.title.clone(),
            description: role.description.clone(),
            holds_keys: role.holds_keys,
            permissions: role.permissions().iter().cloned().collect(),
            invites,
            changes_from,
            changes_to,
            removes,
            steps_down_to,
        }
    }
}
