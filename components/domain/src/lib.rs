//! Domains of an organization, proved by their DNS, and people who come in by the domain of their address.

mod approve_join_request;
mod claim_domain;
mod decline_join_request;
mod get_domain;
mod join_org;
mod list_domains;
mod list_join_requests;
mod list_joinable;
mod newcomer;
mod release_domain;
mod update_domain;
mod verify_domain;

latchkey_edge::component! {
    "domain" => {
        claim_domain => claim_domain::claim_domain,
        list_domains => list_domains::list_domains,
        get_domain => get_domain::get_domain,
        update_domain => update_domain::update_domain,
        verify_domain => verify_domain::verify_domain,
        release_domain => release_domain::release_domain,
        list_joinable => list_joinable::list_joinable,
        join_org => join_org::join_org,
        list_join_requests => list_join_requests::list_join_requests,
        approve_join_request => approve_join_request::approve_join_request,
        decline_join_request => decline_join_request::decline_join_request,
    }
}
