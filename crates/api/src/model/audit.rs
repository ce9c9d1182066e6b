//! The audit log, which is the organization's log itself.

use serde_json::{Map, Value};

use super::representation;
use crate::field_types::{ActorId, AnyId, CursorText, EventType, PageLimit};
use crate::fields::request;
use crate::time::Timestamp;

request! {
    /// Which events, and which page of them; the newest come first.
    pub struct ListAudit {
        /// Only what this actor did: `actor.id` of an event.
        pub actor: Option<ActorId>,
        /// Only events of this type.
        pub r#type: Option<EventType>,
        /// Only what was done to this.
        pub target: Option<AnyId>,
        /// Only events at or after this moment.
        pub since: Option<Timestamp>,
        /// Only events before this moment.
        pub until: Option<Timestamp>,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

representation! {
    /// One event of an organization's log.
    pub struct AuditEvent {
        pub id: String,
        /// Its place in the log, without gaps: 1 is the creation.
        pub version: u64,
        pub r#type: String,
        /// The moment that the machine which wrote it claims.
        pub at: Timestamp,
        /// The same, but never earlier than that of any event before it.
        pub effective_at: Timestamp,
        pub actor: Actor,
        pub target: Option<Target>,
        /// What changed. Empty once a person's data was erased.
        pub data: Map<String, Value>,
        /// The event's leaf in the organization's Merkle tree, in hexadecimal.
        pub leaf_hash: String,
    }

    /// Who did something.
    pub struct Actor {
        /// The id of a user, `system`, or `invitation:` and the id of one: the bearer of its token.
        pub id: String,
        /// `user`, `system` or `invitation`.
        pub kind: String,
        pub display_name: Option<String>,
        pub email: Option<String>,
    }

    /// What something was done to.
    pub struct Target {
        pub r#type: String,
        pub id: String,
    }
}
