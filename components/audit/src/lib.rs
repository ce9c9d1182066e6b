//! The audit log, which is the organization's log itself.

mod list_audit;

latchkey_edge::component! {
    "audit" => {
        list_audit => list_audit::list_audit,
    }
}
