//! The log as anybody can verify it.

use super::Effect::Upkeep;
use super::Method::{Get, Post};
use super::{Route, Who};
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("get_checkpoint", "audit", Get, "/v1/orgs/{org}/log/checkpoint")
        .says(
            "log",
            "The newest checkpoint",
            "As the signed note itself (C2SP `tlog-checkpoint`), to be kept elsewhere. Needs `audit.read`.",
        )
        .answers_media(&["text/plain"])
        .may_refuse(&[Code::Forbidden, Code::NotYetCheckpointed]),
    Route::new("list_checkpoints", "audit", Get, "/v1/orgs/{org}/log/checkpoints")
        .says("log", "List checkpoints", "The newest first. Needs `audit.read`.")
        .query::<ListCheckpoints>()
        .pages::<Checkpoint>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("make_checkpoint", "audit", Post, "/v1/orgs/{org}/log/checkpoints")
        .says(
            "log",
            "Make a checkpoint",
            "Covers the log as it is now, or the first 2,000 events without a checkpoint. Where all are covered, the newest is \
             answered. Checkpoints are also made on a schedule. Needs `audit.read`.",
        )
        .changes(Upkeep)
        .answers::<CheckpointMade>(200)
        .may_refuse(&[Code::Forbidden, Code::Contention, Code::LogBroken]),
    Route::new("prove_inclusion", "audit", Get, "/v1/orgs/{org}/log/proofs/inclusion")
        .says(
            "log",
            "Prove that an event is in the log",
            "Of an event, by `event` or by `version`, in the tree of `size` or of the newest checkpoint (RFC 9162, 2.1.3). Needs \
             `audit.read`.",
        )
        .query::<ProveInclusion>()
        .answers::<InclusionProof>(200)
        .may_refuse(&[Code::Forbidden, Code::NotYetCheckpointed, Code::LogBroken]),
    Route::new("prove_consistency", "audit", Get, "/v1/orgs/{org}/log/proofs/consistency")
        .says(
            "log",
            "Prove that the log has only grown",
            "From the tree of the size `from` to that of `to`, or of the newest checkpoint (RFC 9162, 2.1.4). Needs `audit.read`.",
        )
        .query::<ProveConsistency>()
        .answers::<ConsistencyProof>(200)
        .may_refuse(&[Code::Forbidden, Code::NotYetCheckpointed, Code::LogBroken]),
    Route::new("export_log", "audit", Get, "/v1/orgs/{org}/log/export")
        .says(
            "log",
            "Export the log for verification",
            "The raw events, the oldest first, one JSON object a line: `org`, `version`, `id`, `type`, `at` (milliseconds since \
             1970), `actor`, `target`, `data` (the exact text, as a string), `salt`, `data_hash`, `leaf`. `data` and `salt` are \
             null once a person was erased. Goes on after the version of the last line, at `Link`. Needs `audit.read`.",
        )
        .query::<ExportLog>()
        .answers_media(&["application/x-ndjson"])
        .may_refuse(&[Code::Forbidden]),
    Route::new("list_log_keys", "audit", Get, "/v1/log/keys")
        .says(
            "log",
            "The keys of checkpoints",
            "What the signatures of checkpoints are checked with: of every deployment key that is configured.",
        )
        .who(Who::Anyone)
        .without_store()
        .query::<ListLogKeys>()
        .answers::<LogKeys>(200),
];
