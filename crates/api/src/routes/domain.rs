//! Domains of an organization, and people who come in by one.

use super::Effect::Organization;
use super::Method::{Delete, Get, Patch, Post};
use super::{Route, Who};
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("claim_domain", "domain", Post, "/v1/orgs/{org}/domains")
        .says(
            "domains",
            "Claim a domain",
            "The answer names the TXT record that proves it. A claim blocks nobody: several organizations may claim a domain, \
             one can have it verified. Public suffixes and domains where anybody gets an address are refused. Needs \
             `domain.manage`; for `automatic` also what inviting to the role takes that people join in.",
        )
        .changes(Organization)
        .takes::<ClaimDomain>()
        .answers::<OrgDomain>(201)
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach,
            Code::RoleGrantsMore,
            Code::KeyOwnerless,
            Code::DomainClaimed,
            Code::LimitReached,
        ]),
    Route::new("list_domains", "domain", Get, "/v1/orgs/{org}/domains")
        .says("domains", "List domains", "All but released ones unless a status is asked for, the newest first. Needs `domain.manage`.")
        .query::<ListDomains>()
        .pages::<OrgDomain>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("get_domain", "domain", Get, "/v1/orgs/{org}/domains/{domain}")
        .says("domains", "Read a domain", "With the record that proves it. Needs `domain.manage`.")
        .answers::<OrgDomain>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("update_domain", "domain", Patch, "/v1/orgs/{org}/domains/{domain}")
        .says(
            "domains",
            "Say what an address at a domain is good for",
            "Nothing, asking to be let in, or coming in. Needs `domain.manage`; for `automatic` also what inviting to the role \
             takes that people join in.",
        )
        .changes(Organization)
        .takes::<UpdateDomain>()
        .answers::<OrgDomain>(200)
        .may_refuse(&[Code::Forbidden, Code::RoleOutOfReach, Code::RoleGrantsMore, Code::KeyOwnerless]),
    Route::new("verify_domain", "domain", Post, "/v1/orgs/{org}/domains/{domain}/verify")
        .says(
            "domains",
            "Verify a domain",
            "Looks for the TXT record by the deployment's resolver. If another organization has the domain verified, it loses \
             it, unless its own record is still there. Needs `domain.manage`.",
        )
        .changes(Organization)
        .answers::<OrgDomain>(200)
        .may_refuse(&[
            Code::Forbidden,
            Code::DomainUnproven,
            Code::DomainTaken,
            Code::DomainUnresolvable,
            Code::ResolverUnreachable,
            Code::TooManyRequests,
        ]),
    Route::new("release_domain", "domain", Delete, "/v1/orgs/{org}/domains/{domain}")
        .says(
            "domains",
            "Give a domain up",
            "Nobody joins by it any more; who has joined stays. Releasing twice changes nothing. Needs `domain.manage`.",
        )
        .changes(Organization)
        .answers_nothing()
        .may_refuse(&[Code::Forbidden]),
    Route::new("list_joinable", "domain", Get, "/v1/me/joinable")
        .who(Who::Session)
        .says(
            "me",
            "Organizations I could join",
            "Those that have verified the domain of the account's address and let people in by it. The address must be proved, \
             as it is by signing in with a code.",
        )
        .query::<ListJoinable>()
        .pages::<Joinable>(),
    Route::new("join_org", "domain", Post, "/v1/orgs/{org}/join")
        .who(Who::Session)
        .says(
            "members",
            "Join an organization by one's address",
            "Makes the signed-in person a member, or asks those who may let them in, as the organization wants it for the domain of \
             the address. Whoever was removed asks. Signing in joins by itself where the organization says `automatic`.",
        )
        .changes(Organization)
        .answers::<Joined>(200)
        .may_refuse(&[Code::AlreadyInvited, Code::LeaveFirst, Code::SeatLimit, Code::JoinDeclined]),
    Route::new("list_join_requests", "domain", Get, "/v1/orgs/{org}/join-requests")
        .says("members", "List requests to be let in", "Of every status unless one is asked for, the newest first. Needs `member.invite`.")
        .query::<ListJoinRequests>()
        .pages::<JoinRequest>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("approve_join_request", "domain", Post, "/v1/orgs/{org}/join-requests/{join_request}/approve")
        .says(
            "members",
            "Let somebody in who asked",
            "In the role that people join in. Needs what inviting to that role takes, and a free seat.",
        )
        .changes(Organization)
        .answers::<Member>(200)
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach,
            Code::RoleGrantsMore,
            Code::KeyOwnerless,
            Code::AlreadyMember,
            Code::AlreadyInvited,
            Code::MembersElsewhere,
            Code::JoinRequestEnded,
            Code::SeatLimit,
        ]),
    Route::new("decline_join_request", "domain", Post, "/v1/orgs/{org}/join-requests/{join_request}/decline")
        .says(
            "members",
            "Turn somebody down who asked",
            "They can still be invited, and cannot ask again. Declining twice changes nothing. Needs `member.invite` for the role \
             that people join in.",
        )
        .changes(Organization)
        .answers::<JoinRequest>(200)
        .may_refuse(&[Code::Forbidden, Code::RoleOutOfReach, Code::JoinRequestEnded]),
];
