//! Members, active and pending together.

use std::collections::BTreeMap;

use latchkey_domain::RoleName;
use latchkey_domain::facts::Restrictions;

use super::{representation, words};
use crate::field_types::{AnyId, CursorText, PageLimit, SearchText};
use crate::fields::request;
use crate::time::Timestamp;

words! {
    /// Where a person stands with an organization.
    pub enum MemberStatus {
        /// In it.
        Active = "active",
        /// Invited, and neither in nor gone yet.
        Pending = "pending",
        /// Removed by somebody else.
        Removed = "removed",
        /// Gone by themselves.
        Left = "left",
    }
}

words! {
    /// How somebody became a member.
    pub enum CameBy {
        /// They made the organization.
        Creation = "creation",
        /// They were invited by address.
        Invitation = "invitation",
        /// Somebody gave them an invite link.
        Link = "link",
        /// Their address is at a domain that the organization has verified.
        Domain = "domain",
    }
}

words! {
    /// Which entries of a member list are wanted.
    pub enum MemberFilter {
        Active = "active",
        Pending = "pending",
        /// Active and pending together.
        Present = "present",
    }
}

words! {
    /// The order of a member list.
    pub enum MemberSort {
        /// As people came, the first one first.
        Joined = "joined",
        /// By display name without case and accents; those without one by their address.
        Name = "name",
    }
}

request! {
    /// Gives a member another role.
    pub struct ChangeRole {
        /// One of the policy's roles.
        pub role: RoleName,
    }
}

request! {
    /// Hands the top role to another member.
    pub struct TransferOwnership {
        /// Who takes it.
        pub member: AnyId,
        /// What whoever hands it over becomes; the policy's second role unless given. Where the policy marks a billed
        /// owner, they keep their role unless it is given.
        pub my_role: Option<RoleName>,
    }
}

request! {
    /// Which members, and which page of them.
    pub struct ListMembers {
        /// Which entries are wanted.
        pub status: MemberFilter = MemberFilter::Present,
        /// Only holders of this role, and those invited to it.
        pub role: Option<RoleName>,
        /// Only members with a licence, or only those without. Nobody who is only invited has one or lacks one.
        pub licensed: Option<bool>,
        /// Only people whose name, address or domain has a word that begins so, whatever its case and accents; several words
        /// in their order. What is found is in the order of the words it is found by, whatever `sort` says.
        pub search: Option<SearchText>,
        /// As it was at this moment, by the log; as it is now unless given. In the order of joining, and without a search: names and
        /// addresses are today's. A page may be shorter than asked for before the last one. Needs `audit.read` besides.
        pub as_of: Option<Timestamp>,
        /// The order of the list.
        pub sort: MemberSort = MemberSort::Joined,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

representation! {
    /// A person in an organization or invited to it: one shape, so that one list shows both.
    pub struct Member {
        /// The member's id; of a pending entry the invitation's.
        pub id: String,
        pub status: MemberStatus,
        /// `null` while pending.
        pub user_id: Option<String>,
        /// `null` once the account is deleted.
        pub email: Option<String>,
        pub display_name: Option<String>,
        pub role: String,
        /// Whether this is the membership that is billed, where the policy marks one.
        pub billed_owner: bool,
        /// `null` while pending.
        pub joined_at: Option<Timestamp>,
        /// `null` while pending.
        pub came_by: Option<CameBy>,
        /// The later of the last change that the person made here and, while they are a member, their last sign-in.
        pub last_active_at: Option<Timestamp>,
        /// When a pending person was first invited; `null` otherwise.
        pub invited_at: Option<Timestamp>,
        /// The member who sent a pending invitation; `null` otherwise.
        pub invited_by: Option<String>,
        /// When a pending invitation expires; `null` otherwise.
        pub expires_at: Option<Timestamp>,
        /// Whether the member has one of the organization's licences.
        pub licensed: bool,
        /// The tier that counts here: the organization's with a licence, the person's own without; `null` for none.
        pub tier: Option<String>,
        /// The member's own named limits, which go before the organization's.
        pub limits: BTreeMap<String, u64>,
        /// The resources that permissions are limited to, by the permission's name; `null` unless one member is read.
        pub restrictions: Option<Restrictions>,
    }
}
