//! Invitations: asking somebody in, and answering.

use super::Effect::Organization;
use super::Method::{Delete, Get, Post};
use super::{INVITATION_ENDS, Route, Who};
use crate::codes::Code;
use crate::limits::INVITED_AT_ONCE_BYTES_MAX;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("accept_my_invitation", "accept", Post, "/v1/me/invitations/{invitation}/accept")
        .who(Who::Session)
        .says("me", "Accept an invitation to me", "Joins the organization. Accepting twice answers `already_member`.")
        .changes(Organization)
        .answers::<Accepted>(200)
        .may_refuse(INVITATION_ENDS),
    Route::new("decline_my_invitation", "accept", Post, "/v1/me/invitations/{invitation}/decline")
        .who(Who::Session)
        .says("me", "Decline an invitation to me", "Ends the invitation. Declining twice changes nothing.")
        .changes(Organization)
        .answers_nothing()
        .may_refuse(INVITATION_ENDS),
    Route::new("create_invitation", "invite", Post, "/v1/orgs/{org}/invitations")
        .says(
            "invitations",
            "Invite a person",
            "Mails a link that is good until it expires, is cancelled or is sent again. Needs `member.invite` for the role.",
        )
        .changes(Organization)
        .takes::<CreateInvitation>()
        .answers::<Invitation>(201)
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach, Code::RoleGrantsMore,
            Code::AlreadyMember,
            Code::AlreadyInvited,
            Code::TopRoleLimit,
            Code::SeatLimit,
            Code::LimitReached,
            Code::UnknownRole,
        ]),
    Route::new("invite_many", "invite", Post, "/v1/orgs/{org}/invitations/bulk")
        .says(
            "invitations",
            "Invite many people",
            "To one role, each address with an outcome of its own: what is wrong with one keeps no other from being \
             invited. Seats go to the first who need one. Needs `member.invite` for the role.",
        )
        .changes(Organization)
        .body_bytes_max(INVITED_AT_ONCE_BYTES_MAX)
        .takes::<InviteMany>()
        .answers::<InvitedMany>(200)
        .may_refuse(&[Code::Forbidden, Code::RoleOutOfReach, Code::RoleGrantsMore, Code::UnknownRole]),
    Route::new("list_invitations", "invite", Get, "/v1/orgs/{org}/invitations")
        .says("invitations", "List invitations", "Of every status unless one is asked for, the newest first. Needs `member.read`.")
        .query::<ListInvitations>()
        .pages::<Invitation>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("cancel_invitation", "invite", Delete, "/v1/orgs/{org}/invitations/{invitation}")
        .says("invitations", "Cancel an invitation", "Its link stops working. Cancelling twice changes nothing.")
        .changes(Organization)
        .answers_nothing()
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach,
            Code::InvitationExpired,
            Code::InvitationDeclined,
            Code::InvitationUsed,
        ]),
    Route::new("resend_invitation", "invite", Post, "/v1/orgs/{org}/invitations/{invitation}/resend")
        .says(
            "invitations",
            "Send an invitation again",
            "With a new link and a new term; the old link stops working. An invitation that has ended stays ended: \
             invite the address again instead.",
        )
        .changes(Organization)
        .answers::<Invitation>(200)
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach, Code::RoleGrantsMore,
            Code::InvitationExpired,
            Code::InvitationCancelled,
            Code::InvitationDeclined,
            Code::InvitationUsed,
        ]),
    Route::new("preview_invitation", "accept", Post, "/v1/invitations/preview")
        .says(
            "invitations",
            "Look at a mailed invitation",
            "What the link leads to. Looking burns nothing, and neither does a mail scanner, since links are never \
             answered by GET.",
        )
        .who(Who::Anyone)
        .takes::<InvitationTokenOnly>()
        .answers::<InvitationPreview>(200)
        .may_refuse(&[Code::InvitationUnknown, Code::TooManyRequests]),
    Route::new("accept_invitation", "accept", Post, "/v1/invitations/accept")
        .says(
            "invitations",
            "Accept a mailed invitation",
            "The token proves the address. Where the address has no account, accepting makes the account, a session and \
             the membership in one go; where it has one, its session is needed.",
        )
        .who(Who::OptionalSession)
        .changes(Organization)
        .takes::<AcceptInvitation>()
        .answers::<Accepted>(200)
        .may_refuse(INVITATION_ENDS),
    Route::new("decline_invitation", "accept", Post, "/v1/invitations/decline")
        .says("invitations", "Decline a mailed invitation", "Needs no account. Declining twice changes nothing.")
        .who(Who::OptionalSession)
        .changes(Organization)
        .takes::<InvitationTokenOnly>()
        .answers_nothing()
        .may_refuse(INVITATION_ENDS),
];
