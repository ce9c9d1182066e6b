//! The rules of organizations: the presets, and what one organization makes of them.

mod get_org_policy;
mod get_policy;
mod list_policies;
mod set_org_policy;

latchkey_edge::component! {
    "policy" => {
        list_policies => list_policies::list_policies,
        get_policy => get_policy::get_policy,
        get_org_policy => get_org_policy::get_org_policy,
        set_org_policy => set_org_policy::set_org_policy,
    }
}
