//! Mails of an organization, and what became of them.

use super::{MailStatus, representation, words};
use crate::field_types::{CursorText, PageLimit};
use crate::fields::request;
use crate::time::Timestamp;

words! {
    /// Mails that somebody might want to look at.
    pub enum Undelivered {
        /// The last try failed; another one follows.
        Failed = "failed",
        /// Given up.
        Dead = "dead",
    }
}

request! {
    /// Which mails, and which page of them; the newest come first.
    pub struct ListDeliveries {
        /// Only mails that stand so.
        pub status: Option<Undelivered>,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

representation! {
    /// A mail of the organization. What it says is nowhere kept: it is written when it is sent.
    pub struct Delivery {
        pub id: String,
        /// What it is about: `invitation`, `role_changed`, `made_owner`, `removed`, `owner_left`, `seats_near`, `seats_reached`,
        /// `domain_verified`, `domain_lapsed`, `domain_moved`, `join_requested`, `join_declined`, `joined` or
        /// `webhook_disabled`.
        pub kind: String,
        pub to: String,
        /// The id of the invitation, the member, the organization, the domain, the join request or the
        /// webhook that it is about.
        pub about: String,
        pub status: MailStatus,
        /// How often it was tried.
        pub attempts: u64,
        /// Why the last try failed.
        pub last_error: Option<String>,
        /// When it is tried next; `null` once it was sent or given up.
        pub next_attempt_at: Option<Timestamp>,
        /// When the mail provider took it.
        pub sent_at: Option<Timestamp>,
        pub created_at: Timestamp,
    }
}
