mod cancel_invitation;
mod create_invitation;
mod list_invitations;
mod resend_invitation;
