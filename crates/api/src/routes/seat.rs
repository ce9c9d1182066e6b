//! What an organization has bought.

use super::Effect::{Organization, OwnAccount};
use super::Method::{Get, Post, Put};
use super::{Route, Who};
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("get_seats", "seat", Get, "/v1/orgs/{org}/seats")
        .says(
            "seats",
            "How many seats are in use",
            "Used, free and total, with what fills a seat under the organization's policy. Needs `org.read`, with `as_of` also \
             `audit.read`, or the operator token.",
        )
        .who(Who::MemberOrOperator)
        .query::<AsOf>()
        .answers::<Seats>(200)
        .may_refuse(&[Code::Forbidden, Code::BeforeTheBeginning]),
    Route::new("set_plan", "seat", Put, "/v1/orgs/{org}/plan")
        .says(
            "seats",
            "Set the plan",
            "Puts the organization on a plan, with a number of seats of its own or with the plan's. Nobody loses anything by a \
             smaller one: new members and licences are refused until there is room. Needs `billing.manage`, or the operator \
             token.",
        )
        .who(Who::MemberOrOperator)
        .changes(Organization)
        .takes::<SetPlan>()
        .answers::<Seats>(200)
        .may_refuse(&[Code::Forbidden, Code::UnknownPlan]),
    Route::new("assign_licenses", "seat", Post, "/v1/orgs/{org}/licenses/assign")
        .says(
            "seats",
            "Assign licences",
            "To all of the members named, or, without a free seat for each of them, to nobody: then `outcomes` says what stands \
             in whose way. Needs `license.assign`.",
        )
        .changes(Organization)
        .takes::<LicensedMembers>()
        .answers::<LicenseChange>(200)
        .may_refuse(&[Code::Forbidden, Code::LicensesOff, Code::SeatLimit]),
    Route::new("remove_licenses", "seat", Post, "/v1/orgs/{org}/licenses/remove")
        .says(
            "seats",
            "Remove licences",
            "Whoever has none stays as they are. Removing a member frees their licence as well. Needs `license.assign`.",
        )
        .changes(Organization)
        .takes::<LicensedMembers>()
        .answers::<LicenseChange>(200)
        .may_refuse(&[Code::Forbidden, Code::LicensesOff]),
    Route::new("set_org_limits", "seat", Put, "/v1/orgs/{org}/limits")
        .says(
            "seats",
            "Set an organization's limits",
            "Named numbers that the host product asks about, in place of those there were. Needs `billing.manage`, or the \
             operator token.",
        )
        .who(Who::MemberOrOperator)
        .changes(Organization)
        .takes::<SetLimits>()
        .answers::<Limits>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("set_member_limits", "seat", Put, "/v1/orgs/{org}/members/{member}/limits")
        .says(
            "seats",
            "Set a member's limits",
            "In place of those the member had; each goes before the organization's of the same name. Needs `billing.manage`, \
             or the operator token.",
        )
        .who(Who::MemberOrOperator)
        .changes(Organization)
        .takes::<SetLimits>()
        .answers::<MemberLimits>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("set_personal_tier", "seat", Put, "/v1/users/{user}/tier")
        .says(
            "seats",
            "Report a person's own tier",
            "What a member without a licence has. Needs the operator token.",
        )
        .who(Who::Operator)
        .changes(OwnAccount)
        .takes::<SetPersonalTier>()
        .answers::<PersonalTier>(200),
];
