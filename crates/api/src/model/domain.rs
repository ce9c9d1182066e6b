//! Domains of an organization, and people who come in by one.

use latchkey_domain::Domain;

use super::{Member, OrgRef, representation, words};
use crate::field_types::{CursorText, PageLimit};
use crate::fields::request;
use crate::time::Timestamp;

words! {
    /// How a domain stands.
    pub enum DomainStatus {
        /// Claimed, and never proved.
        Pending = "pending",
        /// Proved, and looked at every day.
        Verified = "verified",
        /// Proved once; the record has been gone for too long.
        Lapsed = "lapsed",
        /// Proved once; another organization has proved it since.
        Moved = "moved",
        /// Given up.
        Released = "released",
    }
}

words! {
    /// What an address at the domain is good for, while the domain is verified.
    pub enum AutoJoinMode {
        /// Nothing.
        Off = "off",
        /// Asking to be let in.
        Ask = "ask",
        /// Coming in.
        Automatic = "automatic",
    }
}

words! {
    /// How a request to be let in stands.
    pub enum JoinRequestStatus {
        /// Nobody has answered it.
        Open = "open",
        /// The person is in, by this or in another way.
        Joined = "joined",
        /// Turned down.
        Declined = "declined",
        /// The organization is gone.
        Ended = "ended",
    }
}

words! {
    /// What asking to join came to.
    pub enum JoinOutcome {
        /// The person is a member now.
        Joined = "joined",
        /// The person was one already.
        AlreadyMember = "already_member",
        /// Somebody who may let them in is asked.
        Requested = "requested",
    }
}

request! {
    /// Claims a domain.
    pub struct ClaimDomain {
        /// The domain of e-mail addresses, in Unicode or as A-labels.
        pub domain: Domain,
        /// What an address there is good for, once the domain is verified.
        pub auto_join: AutoJoinMode = AutoJoinMode::Off,
    }
}

request! {
    /// Changes what an address at a domain is good for.
    pub struct UpdateDomain {
        /// What it is good for, while the domain is verified.
        pub auto_join: AutoJoinMode,
    }
}

request! {
    /// Which domains, and which page of them.
    pub struct ListDomains {
        /// Only domains that stand so; all but released ones unless given.
        pub status: Option<DomainStatus>,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Which requests to be let in, and which page of them.
    pub struct ListJoinRequests {
        /// Only requests that stand so.
        pub status: Option<JoinRequestStatus>,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Which page of the organizations that one could join.
    pub struct ListJoinable {
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

representation! {
    /// The record in the DNS that proves a domain.
    pub struct DomainRecord {
        /// Always `TXT`.
        pub r#type: String,
        pub name: String,
        pub value: String,
    }

    /// A domain that an organization says is its own.
    pub struct OrgDomain {
        pub id: String,
        /// As people read it.
        pub domain: String,
        /// The same as A-labels.
        pub ascii: String,
        pub status: DomainStatus,
        /// What an address there is good for, while the domain is verified.
        pub auto_join: AutoJoinMode,
        /// What has to be in the DNS. It may not be taken away: it is looked for every day.
        pub record: DomainRecord,
        pub created_at: Timestamp,
        /// When it was proved, the last time.
        pub verified_at: Option<Timestamp>,
        /// When the record was last looked for and the resolver knew an answer; `null` unless verified.
        pub checked_at: Option<Timestamp>,
        /// Since when the record is gone; `null` while it is there.
        pub failing_since: Option<Timestamp>,
        /// When the domain will lapse, unless the record comes back.
        pub lapses_at: Option<Timestamp>,
        /// Why nobody could say whether the record is there, the last time; nothing follows from that.
        pub trouble: Option<String>,
        pub ended_at: Option<Timestamp>,
    }

    /// Somebody with an address at a verified domain, who asks to be let in.
    pub struct JoinRequest {
        pub id: String,
        pub user_id: String,
        /// `null` once the account is deleted.
        pub email: Option<String>,
        pub display_name: Option<String>,
        /// The domain that the address is at, as people read it.
        pub domain: String,
        /// The role that they would get now.
        pub role: String,
        pub status: JoinRequestStatus,
        pub created_at: Timestamp,
        pub ended_at: Option<Timestamp>,
    }

    /// An organization that the signed-in person can join by the domain of their address.
    pub struct Joinable {
        pub organization: OrgRef,
        /// The domain, as people read it.
        pub domain: String,
        /// Whether they come in at once, or ask.
        pub auto_join: AutoJoinMode,
        pub role: String,
        /// The role's name for people.
        pub role_title: String,
        /// How their newest request stands, if they have asked.
        pub request: Option<JoinRequestStatus>,
    }

    /// What asking to join came to.
    pub struct Joined {
        pub outcome: JoinOutcome,
        pub organization: OrgRef,
        /// Who they are there now.
        pub member: Option<Member>,
        /// The id of their request.
        pub request: Option<String>,
    }
}
