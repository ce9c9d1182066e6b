//! Invitations in the hands of those they were sent to, and invite links in anybody's.

mod accept_invitation;
mod accept_my_invitation;
mod decline_invitation;
mod decline_my_invitation;
mod held;
mod join_by_invite_link;
mod link;
mod newcomer;
mod preview_invitation;
mod preview_invite_link;
mod project;

latchkey_edge::component! {
    "accept" => {
        preview_invitation => preview_invitation::preview_invitation,
        accept_invitation => accept_invitation::accept_invitation,
        decline_invitation => decline_invitation::decline_invitation,
        accept_my_invitation => accept_my_invitation::accept_my_invitation,
        decline_my_invitation => decline_my_invitation::decline_my_invitation,
        preview_invite_link => preview_invite_link::preview_invite_link,
        join_by_invite_link => join_by_invite_link::join_by_invite_link,
    }
}
