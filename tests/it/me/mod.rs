mod accept_my_invitation;
mod decline_my_invitation;
mod delete_me;
mod get_me;
mod list_my_invitations;
mod update_me;
