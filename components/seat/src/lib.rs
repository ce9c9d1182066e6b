//! What an organization has bought and who uses it: plan, seats, licences, limits, tiers.

mod assign_licenses;
mod get_seats;
mod licenses;
mod remove_licenses;
mod set_member_limits;
mod set_org_limits;
mod set_personal_tier;
mod set_plan;

latchkey_edge::component! {
    "seat" => {
        get_seats => get_seats::get_seats,
        set_plan => set_plan::set_plan,
        assign_licenses => assign_licenses::assign_licenses,
        remove_licenses => remove_licenses::remove_licenses,
        set_org_limits => set_org_limits::set_org_limits,
        set_member_limits => set_member_limits::set_member_limits,
        set_personal_tier => set_personal_tier::set_personal_tier,
    }
}
