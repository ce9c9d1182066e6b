//! Invitations by address and invite links, as the organization handles them.

mod cancel_invitation;
mod create_invitation;
mod create_invite_link;
mod invite_many;
mod list_invitations;
mod list_invite_links;
mod resend_invitation;
mod revoke_invite_link;

latchkey_edge::component! {
    "invite" => {
        create_invitation => create_invitation::create_invitation,
        invite_many => invite_many::invite_many,
        list_invitations => list_invitations::list_invitations,
        cancel_invitation => cancel_invitation::cancel_invitation,
        resend_invitation => resend_invitation::resend_invitation,
        create_invite_link => create_invite_link::create_invite_link,
        list_invite_links => list_invite_links::list_invite_links,
        revoke_invite_link => revoke_invite_link::revoke_invite_link,
    }
}
