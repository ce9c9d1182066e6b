//! Projects: the parts of an organization, and the people who are in one of them by itself.

mod change_project_role;
mod create_project;
mod delete_project;
mod get_project;
mod invite_to_project;
mod leave_project;
mod list_my_projects;
mod list_project_members;
mod list_projects;
mod remove_project_member;
mod update_project;

latchkey_edge::component! {
    "project" => {
        create_project => create_project::create_project,
        list_projects => list_projects::list_projects,
        get_project => get_project::get_project,
        update_project => update_project::update_project,
        delete_project => delete_project::delete_project,
        list_project_members => list_project_members::list_project_members,
        invite_to_project => invite_to_project::invite_to_project,
        change_project_role => change_project_role::change_project_role,
        remove_project_member => remove_project_member::remove_project_member,
        leave_project => leave_project::leave_project,
        list_my_projects => list_my_projects::list_my_projects,
    }
}
