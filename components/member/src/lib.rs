//! Members of an organization: listed, read, removed, leaving.

mod get_member;
mod leave_org;
mod list_members;
mod past;
mod remove_member;

latchkey_edge::component! {
    "member" => {
        list_members => list_members::list_members,
        get_member => get_member::get_member,
        remove_member => remove_member::remove_member,
        leave_org => leave_org::leave_org,
    }
}
