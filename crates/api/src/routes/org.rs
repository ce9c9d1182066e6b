//! Organizations.

use super::Effect::Organization;
use super::Method::{Delete, Get, Patch, Post};
use super::{Route, Who};
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("create_org", "org", Post, "/v1/orgs")
        .who(Who::Session)
        .says("organizations", "Create an organization", "Whoever creates it holds its top role.")
        .changes(Organization)
        .takes::<CreateOrg>()
        .answers::<Org>(201)
        .may_refuse(&[Code::UnknownPolicy, Code::LeaveFirst, Code::LimitReached]),
    Route::new("list_orgs", "org", Get, "/v1/orgs")
        .who(Who::Session)
        .says("organizations", "My organizations", "The organizations that one is an active member of, the oldest first.")
        .query::<ListOrgs>()
        .pages::<Org>(),
    Route::new("get_org", "org", Get, "/v1/orgs/{org}")
        .says("organizations", "Read an organization", "Its `ETag` is the version, for `If-Match`. With `as_of` as it was, which needs `audit.read`; `my_role` is today's.")
        .query::<AsOf>()
        .answers::<Org>(200)
        .may_refuse(&[Code::Forbidden, Code::BeforeTheBeginning]),
    Route::new("update_org", "org", Patch, "/v1/orgs/{org}")
        .says(
            "organizations",
            "Change an organization",
            "Its name, whether it sends e-mails, the role of those who join by a verified domain, how long activity is kept. Changes what is given and \
             leaves the rest. Needs `org.update`; for the role also what inviting to it needs.",
        )
        .changes(Organization)
        .takes::<UpdateOrg>()
        .answers::<Org>(200)
        .may_refuse(&[Code::SignInAgain, Code::Forbidden, Code::RoleOutOfReach, Code::RoleGrantsMore, Code::TopRoleLimit, Code::UnknownRole]),
    Route::new("delete_org", "org", Delete, "/v1/orgs/{org}")
        .says(
            "organizations",
            "Delete an organization",
            "Needs `org.delete`, and the organization's exact name in the body. Removes every member and cancels every \
             invitation, for good.",
        )
        .changes(Organization)
        .takes::<DeleteOrg>()
        .answers_nothing()
        .may_refuse(&[Code::SignInAgain, Code::Forbidden, Code::NameMismatch]),
];
