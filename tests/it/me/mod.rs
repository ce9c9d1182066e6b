mod accept_my_invitation;
mod decline_my_invitation;
mod get_me;
mod list_my_invitations;
mod update_me;
