//! The rules of organizations.

use super::Effect::Organization;
use super::Method::{Get, Put};
use super::{Route, Who};
use crate::codes::Code;
use crate::limits::POLICY_BODY_BYTES_MAX;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("list_policies", "policy", Get, "/v1/policies")
        .says("policies", "List the presets", "The policies that an organization can be created with, by name.")
        .who(Who::Anyone)
        .without_store()
        .query::<ListPolicies>()
        .pages::<PolicySummary>(),
    Route::new("get_policy", "policy", Get, "/v1/policies/{policy}")
        .says("policies", "Read a preset", "Every role with what it may do, and every rule: what a console shows.")
        .who(Who::Anyone)
        .without_store()
        .answers::<Policy>(200),
    Route::new("get_org_policy", "policy", Get, "/v1/orgs/{org}/policy")
        .says("policies", "Read an organization's rules", "Needs `org.read`; with `as_of`, for the rules of that day, also `audit.read`. The `ETag` is the organization's version, of the \
             present only.")
        .who(Who::MemberOrOperator)
        .query::<AsOf>()
        .answers::<Policy>(200)
        .may_refuse(&[Code::Forbidden, Code::BeforeTheBeginning]),
    Route::new("set_org_policy", "policy", Put, "/v1/orgs/{org}/policy")
        .says(
            "policies",
            "Change an organization's rules",
            "Replaces all of them, from the next request on. Needs the top role with `owner.transfer`; what is sold (`plans`, \
             `seats`, `top_role.holders`, `organizations_per_person`) only the operator changes. Rules that would strand \
             somebody on a role that is gone are refused.",
        )
        .who(Who::MemberOrOperator)
        .changes(Organization)
        .body_bytes_max(POLICY_BODY_BYTES_MAX)
        .takes::<SetOrgPolicy>()
        .answers::<Policy>(200)
        .may_refuse(&[
            Code::SignInAgain,
            Code::Forbidden,
            Code::RoleOutOfReach,
            Code::RoleInUse,
            Code::MembersElsewhere,
            Code::LastTopRoleHolder,
            Code::BilledOwnerStays,
            Code::TopRoleLimit,
        ]),
];
