//! Every refusal of the domain and every error of the store has its problem.
#![allow(clippy::indexing_slicing)]

use latchkey_api::{Code, Problem};
use latchkey_domain::Refusal;
use latchkey_domain::policy::{MistakeKind, PolicyMistake};
use latchkey_store::DbError;

/// One of each, so that a new variant without a line here is noticed by the count of codes below.
fn refusals() -> Vec<(Refusal, Code)> {
    let text = str::to_owned;
    vec![
        (Refusal::Unauthenticated, Code::Unauthenticated),
        (Refusal::NotFound("member"), Code::NotFound),
        (Refusal::Forbidden { permission: "org.update", role: text("viewer") }, Code::Forbidden),
        (
            Refusal::RoleOutOfReach { action: "remove", role: text("admin"), target_role: text("owner") },
            Code::RoleOutOfReach,
        ),
        (Refusal::UnknownRole { role: text("king"), known: vec![text("owner")] }, Code::UnknownRole),
        (Refusal::UnknownPolicy { policy: text("none"), known: vec![text("credentials")] }, Code::UnknownPolicy),
        (Refusal::AlreadyMember { member: text("mem_1") }, Code::AlreadyMember),
        (Refusal::AlreadyInvited { invitation: text("inv_1") }, Code::AlreadyInvited),
        (Refusal::LastTopRoleHolder { role: text("owner") }, Code::LastTopRoleHolder),
        (Refusal::NoTopRoleHolder { role: text("owner") }, Code::LastTopRoleHolder),
        (
            Refusal::PolicyMistakes(vec![PolicyMistake::new("name", MistakeKind::NotAllowed, "Choose another.")]),
            Code::InvalidRequest,
        ),
        (
            Refusal::TopRoleLimit { role: text("owner"), used: 1, total: 1, plan: text("free"), upgrade_url: None },
            Code::TopRoleLimit,
        ),
        (Refusal::SeatLimit { used: 45, total: 45, upgrade_url: None, outcomes: Vec::new() }, Code::SeatLimit),
        (Refusal::SignInAgain { max_age_s: 600 }, Code::SignInAgain),
        (Refusal::LicensesOff, Code::LicensesOff),
        (Refusal::NotYetCheckpointed { size: 4 }, Code::NotYetCheckpointed),
        (Refusal::GuestsOff, Code::GuestsOff),
        (Refusal::UnknownPlan { plan: text("x"), known: vec![text("free")] }, Code::UnknownPlan),
        (
            Refusal::UnknownPermission { permission: text("x.y"), known: vec![text("theme.download")] },
            Code::UnknownPermission,
        ),
        (Refusal::UnknownMembers { places: vec![0, 3] }, Code::InvalidRequest),
        (Refusal::NothingCounted, Code::InvalidRequest),
        (Refusal::RoleGrantsMore { role: text("admin"), missing: vec![text("org.update")] }, Code::RoleGrantsMore),
        (
            Refusal::RoleInUse {
                role: text("admin"),
                members: 1,
                pending_invitations: 0,
                links: 0,
                project_members: 0,
            },
            Code::RoleInUse,
        ),
        (Refusal::MembersElsewhere { members: vec![text("mem_1")] }, Code::MembersElsewhere),
        (Refusal::LeaveFirst { organization: text("org_1"), name: text("Acme") }, Code::LeaveFirst),
        (Refusal::BilledOwnerStays, Code::BilledOwnerStays),
        (Refusal::SoleTopRoleHolder { organizations: vec![(text("org_1"), text("Acme"))] }, Code::SoleTopRoleHolder),
        (Refusal::BilledOwnerOf { organizations: vec![(text("org_1"), text("Acme"))] }, Code::BilledOwnerStays),
        (Refusal::AddressMismatch, Code::AddressMismatch),
        (Refusal::LinkUnknown, Code::LinkUnknown),
        (Refusal::LinkExpired, Code::LinkExpired),
        (Refusal::LinkRevoked, Code::LinkRevoked),
        (Refusal::LinkUsedUp { uses_max: 3 }, Code::LinkUsedUp),
        (Refusal::LinkDomain { domains: vec![text("example.com")] }, Code::LinkDomain),
        (Refusal::InvitationUnknown, Code::InvitationUnknown),
        (Refusal::InvitationExpired, Code::InvitationExpired),
        (Refusal::InvitationCancelled, Code::InvitationCancelled),
        (Refusal::InvitationDeclined, Code::InvitationDeclined),
        (Refusal::InvitationUsed { organization: text("org_1"), member: None }, Code::InvitationUsed),
        (Refusal::InvitationUsed { organization: text("org_1"), member: Some(text("mem_1")) }, Code::InvitationUsed),
        (Refusal::InvitationForAnotherAccount, Code::InvitationForAnotherAccount),
        (Refusal::SignInToAccept, Code::SignInToAccept),
        (Refusal::InviterLostRight, Code::InviterLostRight),
        (Refusal::NameMismatch, Code::NameMismatch),
        (Refusal::VersionMismatch { present: 9 }, Code::VersionMismatch),
        (Refusal::IdempotencyKeyReused, Code::IdempotencyKeyReused),
        (Refusal::Contention, Code::Contention),
        (Refusal::CodeWrong { tries_left: 2 }, Code::CodeWrong),
        (Refusal::CodeSpent, Code::CodeSpent),
        (Refusal::TooManyRequests { retry_after_s: 30 }, Code::TooManyRequests),
        (Refusal::BeforeTheBeginning { since: 0 }, Code::BeforeTheBeginning),
        (Refusal::ClientRevoked, Code::ClientRevoked),
        (Refusal::DomainClaimed { domain: text("dom_1") }, Code::DomainClaimed),
        (
            Refusal::DomainUnproven { name: text("_x.acme.example"), value: text("v"), why: "no_record" },
            Code::DomainUnproven,
        ),
        (Refusal::DomainTaken, Code::DomainTaken),
        (Refusal::JoinDeclined, Code::JoinDeclined),
        (Refusal::JoinRequestEnded, Code::JoinRequestEnded),
        (Refusal::LimitReached { what: "organizations", max: 100 }, Code::LimitReached),
    ]
}

#[test]
fn every_refusal_has_a_code_and_a_sentence_that_says_what_to_do() {
    for (refusal, code) in refusals() {
        let problem = Problem::from(refusal.clone());
        assert_eq!(problem.code, code, "{refusal:?}");
        assert!(problem.detail.len() > 20 && problem.detail.ends_with('.'), "{}", problem.detail);
        assert_eq!(problem.log, None, "{refusal:?} is nothing for the log");
    }
}

#[test]
fn numbers_are_members_too() {
    let problem = Problem::from(Refusal::TopRoleLimit {
        role: "owner".to_owned(),
        used: 1,
        total: 1,
        plan: "free".to_owned(),
        upgrade_url: None,
    });
    assert!(problem.detail.starts_with("owner: 1 of 1 on plan free"));
    let document = problem.document("req_x");
    assert_eq!(
        (document["used"].as_u64(), document["total"].as_u64(), document["status"].as_u64()),
        (Some(1), Some(1), Some(409))
    );

    let waiting = Problem::from(Refusal::TooManyRequests { retry_after_s: 30 });
    assert_eq!(waiting.retry_after_s, Some(30));
    let known = Problem::from(Refusal::UnknownRole { role: "king".to_owned(), known: vec!["owner".to_owned()] });
    assert_eq!(known.document("req_x")["known"][0], "owner");
}

#[test]
fn a_member_cannot_be_overwritten_by_an_extension() {
    let problem = Problem::not_found("member").with("status", 200).with("code", "fine").with("detail", "fine");
    let document = problem.document("req_x");
    assert_eq!((document["status"].as_u64(), document["code"].as_str()), (Some(404), Some("not_found")));
}

#[test]
fn the_store_is_away_or_broken_and_its_words_stay_inside() {
    let away = Problem::from(DbError::Unavailable("database is locked".to_owned()));
    assert_eq!((away.code, away.retry_after_s.is_some()), (Code::StoreUnavailable, true));
    for error in [
        DbError::Unique("command.principal".to_owned()),
        DbError::Refused("last_owner".to_owned()),
        DbError::Broken("near SELCT".to_owned()),
    ] {
        let text = error.to_string();
        let problem = Problem::from(error);
        assert_eq!(problem.code, Code::Internal);
        assert!(!problem.document("req_x").to_string().contains(&text));
        assert_eq!(problem.log.as_deref(), Some(text.as_str()));
    }
}
