//! The audit log: what changed an organization, what happened in it, and what lets anybody verify the log.

mod export_audit;
mod export_log;
mod get_checkpoint;
mod list_audit;
mod list_checkpoints;
mod list_log_keys;
mod make_checkpoint;
mod prove_consistency;
mod prove_inclusion;
mod reading;
mod report_activity;

latchkey_edge::component! {
    "audit" => {
        list_audit => list_audit::list_audit,
        get_checkpoint => get_checkpoint::get_checkpoint,
        list_checkpoints => list_checkpoints::list_checkpoints,
        make_checkpoint => make_checkpoint::make_checkpoint,
        prove_inclusion => prove_inclusion::prove_inclusion,
        prove_consistency => prove_consistency::prove_consistency,
        export_log => export_log::export_log,
        list_log_keys => list_log_keys::list_log_keys,
        export_audit => export_audit::export_audit,
        report_activity => report_activity::report_activity,
    }
}
