mod accept_invitation;
mod decline_invitation;
mod preview_invitation;
