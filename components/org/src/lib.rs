//! Organizations: made, read, renamed, deleted.

mod create_org;
mod delete_org;
mod get_org;
mod list_deliveries;
mod list_orgs;
mod retry_delivery;
mod update_org;

latchkey_edge::component! {
    "org" => {
        create_org => create_org::create_org,
        list_orgs => list_orgs::list_orgs,
        get_org => get_org::get_org,
        update_org => update_org::update_org,
        delete_org => delete_org::delete_org,
        list_deliveries => list_deliveries::list_deliveries,
        retry_delivery => retry_delivery::retry_delivery,
    }
}
