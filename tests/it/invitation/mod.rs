mod cancel_invitation;
mod create_invitation;
mod invite_many;
mod list_invitations;
mod resend_invitation;
