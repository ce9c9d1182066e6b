//! Plans, seats, licences, named limits and personal tiers.

use std::collections::BTreeMap;

use super::{representation, words};
use crate::field_types::{HttpUrl, MemberList, NamedNumbers, PlanName, SeatCount, TierName};
use crate::fields::request;

words! {
    /// What fills a seat.
    pub enum SeatsCount {
        /// Nothing: a team may be of any size.
        None = "none",
        /// Active members, and open invitations.
        Members = "members",
        /// Assigned licences.
        Licenses = "licenses",
    }
}

words! {
    /// What became of one member of a batch.
    pub enum LicenseOutcome {
        Assigned = "assigned",
        /// Had a licence before, and keeps it.
        AlreadyLicensed = "already_licensed",
        Removed = "removed",
        /// Had none.
        NotLicensed = "not_licensed",
    }
}

request! {
    /// What an organization has bought: all of it, so that what is left out is not there any more.
    pub struct SetPlan {
        /// One of the policy's plans.
        pub plan: PlanName,
        /// How many seats there are; without a number what the plan says.
        pub seats: Option<SeatCount>,
        /// Where more can be bought; without one what the deployment says.
        pub upgrade_url: Option<HttpUrl>,
    }
}

request! {
    /// Members whose licences change, all of them or none.
    pub struct LicensedMembers {
        /// Who, each once.
        pub members: MemberList,
    }
}

request! {
    /// Named numbers, in place of those there were.
    pub struct SetLimits {
        /// By name; what is not named is not limited.
        pub limits: NamedNumbers,
    }
}

request! {
    /// The tier that a person pays for themselves.
    pub struct SetPersonalTier {
        /// As the host product calls it; `null` for none.
        pub tier: Option<TierName>,
    }
}

representation! {
    /// What an organization has bought, and how much of it is in use.
    pub struct Seats {
        pub mode: SeatsCount,
        /// Seats in use; 0 where nothing fills one.
        pub used: u64,
        /// Active members.
        pub members: u64,
        /// Open invitations into the organization.
        pub pending_invitations: u64,
        /// Members with a licence.
        pub licensed: u64,
        /// `null`: no limit.
        pub total: Option<u64>,
        /// Free seats; `null`: no limit.
        pub available: Option<u64>,
        /// The usage in short, such as `45/100`.
        pub text: String,
        /// What fills a seat, in a sentence.
        pub counts: String,
        pub plan: String,
        /// The plan's name for people.
        pub plan_title: String,
        /// Where more can be bought.
        pub upgrade_url: Option<String>,
    }

    /// One member of a batch.
    pub struct LicenseEntry {
        pub member: String,
        pub outcome: LicenseOutcome,
    }

    /// What a batch of licences came to.
    pub struct LicenseChange {
        /// One entry for each member, in the order asked.
        pub data: Vec<LicenseEntry>,
        /// The usage afterwards.
        pub seats: Seats,
    }

    /// Named numbers that the host product asks about.
    pub struct Limits {
        pub limits: BTreeMap<String, u64>,
    }

    /// A member's named numbers.
    pub struct MemberLimits {
        /// The member's own.
        pub limits: BTreeMap<String, u64>,
        /// What holds: the organization's, and the member's own before them.
        pub effective: BTreeMap<String, u64>,
    }

    /// The tier that a person pays for themselves.
    pub struct PersonalTier {
        pub user: String,
        pub tier: Option<String>,
    }
}
