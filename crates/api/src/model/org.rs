//! Organizations.

use std::collections::BTreeMap;

use latchkey_domain::{OrgName, RoleName};

use super::representation;
use crate::field_types::{Change, ConfirmedName, CursorText, PageLimit, PolicyName, RetentionDays, SignInAge};
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
    /// Changes an organization: at least one of these, the rest stays.
    pub struct UpdateOrg {
        pub name: Option<OrgName>,
        /// Whether the organization sends e-mails at all. Without them invitations wait where the invited sign in.
        pub email_notifications: Option<bool>,
        /// The role of those who join by a verified domain; never the top role.
        pub auto_join_role: Option<RoleName>,
        /// For how many days activity is kept; `null` for good. Events are kept for good, whatever this says.
        pub activity_retention_days: Change<RetentionDays>,
        /// How many seconds ago a person may have signed in who deletes the organization, hands it over, changes its policy, or makes keys, webhooks and
        /// clients; `null`: as long as their session lasts. Beyond it: 403 `sign_in_again`.
        pub reauth_after_s: Change<SignInAge>,
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
        /// Open invitations into the organization; those into single projects are counted there.
        pub pending_invitation_count: u64,
        /// Whether the organization sends e-mails at all.
        pub email_notifications: bool,
        /// The role of those who join by a verified domain.
        pub auto_join_role: String,
        /// For how many days activity is kept; for good without.
        pub activity_retention_days: Option<u32>,
        /// How many seconds ago a person may have signed in who changes something dangerous; as long as their session lasts without.
        pub reauth_after_s: Option<u32>,
        /// Where more can be bought, if anywhere.
        pub upgrade_url: Option<String>,
        /// Named numbers that the host product asks about; a member's own go before them.
        pub limits: BTreeMap<String, u64>,
        /// The member whose membership is billed, where the policy marks one.
        pub billed_owner: Option<String>,
        /// What whoever asks should know or do.
        pub hints: Vec<Hint>,
    }

    /// Advice, not a mistake.
    pub struct Hint {
        /// `appoint_second`: too few hold the top role.
        pub code: String,
        /// For the person in front of the screen.
        pub text: String,
    }
}
