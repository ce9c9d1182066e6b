mod change_role;
mod get_member;
mod leave_org;
mod list_members;
mod remove_member;
mod transfer_ownership;
