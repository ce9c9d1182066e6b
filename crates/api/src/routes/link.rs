//! The operations of invite links.

use super::Effect::Organization;
use super::Method::{Delete, Get, Post};
use super::{Route, Who};
use crate::codes::Code;
use crate::model::*;

const LINK_ENDS: &[Code] = &[
    Code::LinkDomain,
    Code::LinkUnknown,
    Code::InviterLostRight,
    Code::LeaveFirst,
    Code::TopRoleLimit,
    Code::SeatLimit,
    Code::LinkExpired,
    Code::LinkRevoked,
    Code::LinkUsedUp,
];

pub(super) const ROUTES: &[Route] = &[
    Route::new("create_invite_link", "invite", Post, "/v1/orgs/{org}/invite-links")
        .says(
            "invitations",
            "Make an invite link",
            "Whoever has it may join, until it expires, is used up or is revoked, and as long as its maker may invite to \
             the role. Its token is in this answer and nowhere else. Needs `member.invite` for the role.",
        )
        .changes(Organization)
        .takes::<CreateInviteLink>()
        .answers::<NewInviteLink>(201)
        .may_refuse(&[Code::Forbidden, Code::RoleOutOfReach, Code::RoleGrantsMore, Code::LinkUnknown, Code::UnknownRole]),
    Route::new("list_invite_links", "invite", Get, "/v1/orgs/{org}/invite-links")
        .says("invitations", "List invite links", "Of every status unless one is asked for, the newest first. Needs `member.invite`.")
        .query::<ListInviteLinks>()
        .pages::<InviteLink>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("revoke_invite_link", "invite", Delete, "/v1/orgs/{org}/invite-links/{link}")
        .says(
            "invitations",
            "Revoke an invite link",
            "It stops working; who has joined by it stays. Revoking twice changes nothing. Needs `member.invite` for the \
             link's role.",
        )
        .changes(Organization)
        .answers_nothing()
        .may_refuse(&[Code::Forbidden, Code::RoleOutOfReach]),
    Route::new("preview_invite_link", "accept", Post, "/v1/invite-links/preview")
        .says("invitations", "Look at an invite link", "What it leads to. Looking burns nothing.")
        .who(Who::Anyone)
        .takes::<InviteLinkTokenOnly>()
        .answers::<InviteLinkPreview>(200)
        .may_refuse(&[Code::LinkUnknown, Code::LinkRevoked, Code::TooManyRequests]),
    Route::new("join_by_invite_link", "accept", Post, "/v1/invite-links/join")
        .who(Who::Session)
        .says(
            "invitations",
            "Join by an invite link",
            "Makes the signed-in person a member. Whoever is one already is told so, and uses nothing up.",
        )
        .changes(Organization)
        .takes::<InviteLinkTokenOnly>()
        .answers::<Accepted>(200)
        .may_refuse(LINK_ENDS),
];
