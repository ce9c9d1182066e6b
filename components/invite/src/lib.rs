//! Invitations by address, as the organization handles them.

mod cancel_invitation;
mod create_invitation;
mod list_invitations;
mod resend_invitation;

latchkey_edge::component! {
    "invite" => {
        create_invitation => create_invitation::create_invitation,
        list_invitations => list_invitations::list_invitations,
        cancel_invitation => cancel_invitation::cancel_invitation,
        resend_invitation => resend_invitation::resend_invitation,
    }
}
