//! One's own sessions.

use super::{representation, words};
use crate::field_types::{CursorText, PageLimit};
use crate::fields::request;
use crate::time::Timestamp;

words! {
    /// What becomes of the session that asks, when all of them are ended.
    pub enum CurrentSession {
        Keep = "keep",
        End = "end",
    }
}

request! {
    /// Which page of one's own sessions; the newest come first.
    pub struct ListMySessions {
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Which sessions are to end.
    pub struct EndMySessions {
        /// What becomes of the session that asks.
        pub current: CurrentSession = CurrentSession::Keep,
    }
}

representation! {
    /// An open session of one's own.
    pub struct MySession {
        pub id: String,
        /// How it was opened: `email_code`, `invitation`, `identity_provider` or `external_token`.
        pub method: String,
        /// When one signed in.
        pub created_at: Timestamp,
        /// Its last use, to some minutes.
        pub last_seen_at: Timestamp,
        /// When it ends unless it is used before.
        pub expires_at: Timestamp,
        /// Where it was last used from, once it was used some minutes after it was opened.
        pub ip: Option<String>,
        pub user_agent: Option<String>,
        /// Whether it is the one that asks.
        pub current: bool,
    }

    /// What was ended.
    pub struct EndedSessions {
        /// How many sessions.
        pub ended: u64,
    }
}
