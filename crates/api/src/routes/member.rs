//! Who is in an organization, and as what.

use super::Effect::Organization;
use super::Method::{Delete, Get, Post, Put};
use super::{Route, Who};
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("list_members", "member", Get, "/v1/orgs/{org}/members")
        .says(
            "members",
            "List members",
            "Active members and pending invitations together, by default, in the order in which they came. Invitations into \
             single projects are not among them. Needs `member.read`; with `as_of` also `audit.read`.",
        )
        .query::<ListMembers>()
        .pages::<Member>()
        .may_refuse(&[Code::Forbidden, Code::UnknownRole, Code::BeforeTheBeginning]),
    Route::new("get_member", "member", Get, "/v1/orgs/{org}/members/{member}")
        .says("members", "Read a member", "Also one that is gone. Needs `member.read`; with `as_of` also `audit.read`.")
        .query::<AsOf>()
        .answers::<Member>(200)
        .may_refuse(&[Code::Forbidden, Code::BeforeTheBeginning]),
    Route::new("remove_member", "member", Delete, "/v1/orgs/{org}/members/{member}")
        .says(
            "members",
            "Remove a member",
            "Takes effect on the member's very next request. Their API keys are revoked, kept or adopted, as the policy says or the \
             request, if the policy allows it; the answer names each. Needs `member.remove` over the member's role. Removing \
             twice changes nothing.",
        )
        .changes(Organization)
        .may_take::<RemoveMember>()
        .answers::<MembershipEnded>(200)
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach,
            Code::LastTopRoleHolder,
            Code::BilledOwnerStays,
            Code::RoleHoldsNoKeys,
            Code::KeyFateNotAllowed,
            Code::NotTheirKeys,
        ]),
    Route::new("leave_org", "member", Post, "/v1/orgs/{org}/leave")
        .who(Who::Session)
        .says("members", "Leave an organization", "Anyone may, except the last holder of the top role and the billed owner. What \
             becomes of one's API keys is what the policy says; the answer names each.")
        .changes(Organization)
        .answers::<MembershipEnded>(200)
        .may_refuse(&[Code::LastTopRoleHolder, Code::BilledOwnerStays]),
    Route::new("change_role", "role", Put, "/v1/orgs/{org}/members/{member}/role")
        .says(
            "members",
            "Change a member's role",
            "Takes effect on the member's very next request. Needs `member.change_role` over both roles; for oneself it is \
             stepping down.",
        )
        .changes(Organization)
        .takes::<ChangeRole>()
        .answers::<Member>(200)
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach, Code::RoleGrantsMore,
            Code::UnknownRole,
            Code::LastTopRoleHolder,
            Code::TopRoleLimit,
        ]),
    Route::new("transfer_ownership", "role", Post, "/v1/orgs/{org}/ownership")
        .says(
            "members",
            "Hand the top role over",
            "The member takes it, and whoever hands it over takes another role, in one step. Where the policy marks a billed \
             owner, the mark moves: the member takes the top role unless they have it, and whoever hands the mark over keeps \
             theirs unless `my_role` is given. Needs `owner.transfer`.",
        )
        .changes(Organization)
        .takes::<TransferOwnership>()
        .answers::<Member>(200)
        .may_refuse(&[
            Code::SignInAgain,
            Code::Forbidden,
            Code::RoleOutOfReach,
            Code::RoleGrantsMore,
            Code::UnknownRole,
            Code::BilledOwnerStays,
            Code::TopRoleLimit,
        ]),
];
