//! The log as anybody can verify it.

use latchkey_domain::{EventId, OrgId};

use super::representation;
use crate::field_types::{CursorText, ExportLimit, LogAfter, LogVersion, PageLimit};
use crate::fields::request;
use crate::time::Timestamp;

request! {
    /// Which page of the checkpoints; the newest come first.
    pub struct ListCheckpoints {
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Of which event a proof is wanted, by its id or by its version, and in which tree.
    pub struct ProveInclusion {
        /// The event's id.
        pub event: Option<EventId>,
        /// Or the event's version.
        pub version: Option<LogVersion>,
        /// How many events the tree covers: that of a checkpoint, as a rule. Otherwise the newest checkpoint's.
        pub size: Option<LogVersion>,
    }
}

request! {
    /// Between which trees a proof is wanted.
    pub struct ProveConsistency {
        /// How many events the earlier tree covers: that of a checkpoint kept elsewhere, as a rule.
        pub from: LogVersion,
        /// How many events the later tree covers. Otherwise those of the newest checkpoint.
        pub to: Option<LogVersion>,
    }
}

request! {
    /// Where the export goes on.
    pub struct ExportLog {
        /// The version of the last event that was read.
        pub after: LogAfter = LogAfter::default(),
        /// Events in this answer.
        pub limit: ExportLimit = ExportLimit::default(),
    }
}

request! {
    /// Whose log is to be checked.
    pub struct ListLogKeys {
        /// Names the keys as the checkpoints of this organization do.
        pub organization: Option<OrgId>,
    }
}

representation! {
    /// A signed statement of what the log was when it had so many events.
    pub struct Checkpoint {
        /// How many events it covers: those up to this version.
        pub size: u64,
        /// The root of the Merkle tree over them (RFC 9162), in base64.
        pub root_hash: String,
        pub created_at: Timestamp,
        /// The checkpoint itself, a signed note (C2SP `tlog-checkpoint`). Keep it elsewhere.
        pub note: String,
    }

    /// The newest checkpoint, just made or there already.
    pub struct CheckpointMade {
        pub checkpoint: Checkpoint,
        /// Events that it does not cover: call again while there are any.
        pub remaining: u64,
    }

    /// Shows that an event is in the tree (RFC 9162, 2.1.3).
    pub struct InclusionProof {
        /// The event's id.
        pub event: String,
        /// Its place in the log. The index of its leaf is one less.
        pub version: u64,
        /// In base64, as every hash here.
        pub leaf_hash: String,
        /// How many events the tree covers.
        pub size: u64,
        /// The root of the tree; compare it with that of a checkpoint of this size.
        pub root_hash: String,
        /// From the leaf upwards.
        pub hashes: Vec<String>,
    }

    /// Shows that a tree goes on from an earlier one (RFC 9162, 2.1.4).
    pub struct ConsistencyProof {
        /// How many events the earlier tree covers.
        pub from: u64,
        /// How many events the later tree covers.
        pub to: u64,
        /// The root of the earlier tree, in base64, as every hash here.
        pub from_root_hash: String,
        /// The root of the later tree.
        pub to_root_hash: String,
        pub hashes: Vec<String>,
    }

    /// The keys that checkpoints are signed with, the present one first. Keep them elsewhere, as the checkpoints.
    pub struct LogKeys {
        /// The name of the organization's log, if one was asked for: the first line of its checkpoints.
        pub origin: Option<String>,
        pub keys: Vec<LogKey>,
    }

    /// A key that checkpoints are signed with, or were.
    pub struct LogKey {
        /// Always `Ed25519`.
        pub algorithm: String,
        /// The 32 bytes of RFC 8032, in base64.
        pub public_key: String,
        /// The key as verifiers of signed notes take it, if an organization was asked for.
        pub verifier_key: Option<String>,
        /// Whether new checkpoints are signed with it.
        pub signs: bool,
    }
}
