//! Invitations in the hands of those they were sent to.

mod accept_invitation;
mod accept_my_invitation;
mod decline_invitation;
mod decline_my_invitation;
mod held;
mod preview_invitation;
mod project;

latchkey_edge::component! {
    "accept" => {
        preview_invitation => preview_invitation::preview_invitation,
        accept_invitation => accept_invitation::accept_invitation,
        decline_invitation => decline_invitation::decline_invitation,
        accept_my_invitation => accept_my_invitation::accept_my_invitation,
        decline_my_invitation => decline_my_invitation::decline_my_invitation,
    }
}
