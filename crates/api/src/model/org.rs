//! Organizations.

use latchkey_domain::OrgName;

use super::representation;
use crate::field_types::{ConfirmedName, CursorText, PageLimit, PolicyName};
use crate::fields::request;
use crate::time::Timestamp;

/// The policy of an organization that names none.
pub const POLICY_DEFAULT: &str = "credentials";

request! {
    /// Creates an organization; whoever does holds its top role.
    pub struct CreateOrg {
        pub name: OrgName,
        /// The policy preset: roles, rights and limits.
        pub policy: PolicyName = PolicyName(POLICY_DEFAULT.to_owned()),
    }
}

request! {
    /// Changes an organization.
    pub struct UpdateOrg {
        pub name: OrgName,
    }
}

request! {
    /// Deletes an organization for good.
    pub struct DeleteOrg {
        /// The organization's present name, exactly, to confirm.
        pub name: ConfirmedName,
    }
}

request! {
    /// Which page of one's own organizations.
    pub struct ListOrgs {
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

representation! {
    /// An organization, as one of its members sees it.
    pub struct Org {
        pub id: String,
        pub name: String,
        /// The name of its policy.
        pub policy: String,
        pub plan: String,
        /// The role of whoever asks.
        pub my_role: String,
        /// Grows by one with every event; also the `ETag`, for `If-Match`.
        pub version: u64,
        pub created_at: Timestamp,
        /// Active members.
        pub member_count: u64,
        pub pending_invitation_count: u64,
    }
}
