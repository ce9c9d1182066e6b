//! Who may do what: the OpenID AuthZEN Authorization API 1.0, and restrictions.

mod evaluate;
mod evaluate_many;
mod get_access_configuration;
mod get_member_access;
mod known;
mod search_actions;
mod search_resources;
mod search_subjects;
mod set_member_restrictions;

latchkey_edge::component! {
    "authorize" => {
        evaluate => evaluate::evaluate,
        evaluate_many => evaluate_many::evaluate_many,
        search_subjects => search_subjects::search_subjects,
        search_resources => search_resources::search_resources,
        search_actions => search_actions::search_actions,
        get_access_configuration => get_access_configuration::get_access_configuration,
        get_member_access => get_member_access::get_member_access,
        set_member_restrictions => set_member_restrictions::set_member_restrictions,
    }
}
