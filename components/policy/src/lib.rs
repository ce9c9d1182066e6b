//! The rules of organizations: the presets, and what one organization makes of them.

mod get_policy;
mod list_policies;

latchkey_edge::component! {
    "policy" => {
        list_policies => list_policies::list_policies,
        get_policy => get_policy::get_policy,
    }
}
