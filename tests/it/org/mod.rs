mod create_org;
mod delete_org;
mod get_org;
mod list_orgs;
mod update_org;
