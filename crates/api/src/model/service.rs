//! The service itself: its front door, its upkeep and its development mailbox.

use super::representation;
use crate::field_types::{CursorText, PageLimit};
use crate::fields::request;
use crate::time::Timestamp;
use latchkey_domain::Email;

request! {
    /// Which mail, and which page of it; the newest comes first.
    pub struct ListMail {
        /// Only mail to this address.
        pub to: Option<Email>,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

representation! {
    /// What answers here.
    pub struct Service {
        pub name: String,
        pub version: String,
        pub links: ServiceLinks,
    }

    /// Where to go from the front door.
    pub struct ServiceLinks {
        /// The OpenAPI document.
        pub openapi: String,
        /// Where a sign-in starts.
        pub sign_in: String,
    }

    /// What a call of `dispatch` did.
    pub struct Dispatched {
        /// Invitations that had run out and were marked so.
        pub invitations_expired: u64,
        /// Invite links that had run out and were marked so.
        pub links_expired: u64,
        /// API keys that had run out and were marked so.
        pub keys_expired: u64,
        /// Checkpoints of logs that were signed.
        pub checkpoints_made: u64,
        /// Organizations whose log is not as it was signed: the database was changed by other means. None of these is signed.
        pub checkpoints_withheld: u64,
        /// Verified domains that were looked at again.
        pub domains_checked: u64,
        /// Of these, domains whose proof has been gone for too long: nobody joins by them any more.
        pub domains_lapsed: u64,
        /// Rows of activity that were older than their organizations keep them, and were deleted.
        pub activity_deleted: u64,
        /// Mails that were handed to the mail provider, or given to the development mailbox.
        pub mails_sent: u64,
        /// Mails that could not be delivered; those that can still be are tried again later.
        pub mails_failed: u64,
        /// Messages that arrived at webhooks.
        pub webhooks_sent: u64,
        /// Messages that did not; those that can still are tried again later.
        pub webhooks_failed: u64,
        /// Webhooks that were turned off because nothing has arrived there for days.
        pub webhooks_disabled: u64,
        /// Payers whose organizations now have what is paid for.
        pub payers_settled: u64,
        /// Users of an identity provider whose accounts are now in keeping with what it tells.
        pub identities_settled: u64,
        /// Whether more is due: call again.
        pub more: bool,
    }

    /// An e-mail that would have been sent. Only in development.
    pub struct Mail {
        pub id: String,
        pub to: String,
        pub subject: String,
        pub text: String,
        pub html: String,
        /// What the mail is for, such as `sign_in_code` or `invitation`.
        pub kind: String,
        /// The sign-in code in it, if any.
        pub code: Option<String>,
        /// The invitation token in it, if any.
        pub token: Option<String>,
        pub created_at: Timestamp,
    }
}
