//! Who may do what: the OpenID AuthZEN Authorization API 1.0, and what it rests on.

use super::Effect::Organization;
use super::Method::{Get, Post, Put};
use super::{Route, Who};
use crate::codes::Code;
use crate::limits::ACCESS_BODY_BYTES_MAX;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("evaluate", "authorize", Post, "/access/v1/evaluation")
        .says(
            "access",
            "May this subject do that?",
            "One question of the OpenID AuthZEN Authorization API 1.0. Subjects are `user`, `member` and `api_key`; resources are \
             `organization`, `project`, or of any type of the host product, with `properties.organization` and perhaps \
             `properties.project`; an action's name is a permission. What is unknown is denied, and `context.reason` says why. The \
             operator may ask about everybody; a person about themselves, and a person or a key with `member.read` about the others \
             of their organization.",
        )
        .who(Who::MemberOrOperator)
        .takes::<AccessEvaluation>()
        .answers::<AccessDecision>(200),
    Route::new("evaluate_many", "authorize", Post, "/access/v1/evaluations")
        .says(
            "access",
            "May these subjects do that?",
            "Up to 100 questions, answered as of one moment. `options.evaluations_semantic` ends with the first denial or the first \
             permission, if it is asked to.",
        )
        .who(Who::MemberOrOperator)
        .body_bytes_max(ACCESS_BODY_BYTES_MAX)
        .takes::<AccessEvaluations>()
        .answers::<AccessDecisions>(200),
    Route::new("search_subjects", "authorize", Post, "/access/v1/search/subject")
        .says(
            "access",
            "Who may do that?",
            "Users, members or API keys that may do something to a resource, page by page: a page may have fewer results than its \
             limit, or none; the search is over when `next_token` is empty. Needs `member.read`, or the operator token.",
        )
        .who(Who::MemberOrOperator)
        .takes::<SubjectSearch>()
        .answers::<FoundSubjects>(200),
    Route::new("search_resources", "authorize", Post, "/access/v1/search/resource")
        .says(
            "access",
            "What may this subject do that to?",
            "Organizations, projects, and of the host product's resources those that a restriction lists: `context.reason` says when \
             the subject is not restricted. `properties.organization` looks in one organization only. Whoever may ask is as for an \
             evaluation.",
        )
        .who(Who::MemberOrOperator)
        .takes::<ResourceSearch>()
        .answers::<FoundResources>(200),
    Route::new("search_actions", "authorize", Post, "/access/v1/search/action")
        .says("access", "What may this subject do to that?", "Every permission that an evaluation would grant, by name.")
        .who(Who::MemberOrOperator)
        .takes::<ActionSearch>()
        .answers::<FoundActions>(200),
    Route::new("get_access_configuration", "authorize", Get, "/.well-known/authzen-configuration")
        .says("access", "What the Authorization API offers here", "The metadata of the policy decision point.")
        .who(Who::Anyone)
        .without_store()
        .answers::<AccessConfiguration>(200),
    Route::new("get_member_access", "authorize", Get, "/v1/orgs/{org}/members/{member}/access")
        .says(
            "access",
            "All that a member may, and why",
            "Each permission with the resources it is limited to and the events that gave it; roles in single projects, and keys. \
             Needs `member.read`, or the operator token; with `as_of` also `audit.read`.",
        )
        .who(Who::MemberOrOperator)
        .query::<AsOf>()
        .answers::<MemberAccess>(200)
        .may_refuse(&[Code::Forbidden, Code::BeforeTheBeginning]),
    Route::new("set_member_restrictions", "authorize", Put, "/v1/orgs/{org}/members/{member}/restrictions")
        .says(
            "access",
            "Restrict a member to some resources",
            "Limits permissions of the host product to the resources listed, in place of those limited before. They stay with the membership when it ends, \
             for the keys that are kept. Needs `member.change_role` over the member's role, or the operator token; nobody lifts a restriction of \
             their own.",
        )
        .who(Who::MemberOrOperator)
        .changes(Organization)
        .takes::<SetRestrictions>()
        .answers::<MemberRestrictions>(200)
        .may_refuse(&[Code::Forbidden, Code::RoleOutOfReach, Code::UnknownPermission]),
];
