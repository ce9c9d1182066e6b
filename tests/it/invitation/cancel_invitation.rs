use latchkey_testkit::{Answer, Caller, TestApp, Value, json};

use crate::support::{INVITATION_LIFETIME, NO_INVITATION, accept, my_member_id};

async fn cancel(caller: &Caller, org: &str, invitation: &str) -> Answer {
    caller.delete(&format!("/v1/orgs/{org}/invitations/{invitation}"), Value::Null).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_invitation_opens_nothing_and_cancelling_again_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let id = ada.invite(&org, "bob@example.com", "viewer").await;
    let token = app.anyone().mailed_token("bob@example.com").await;
    cancel(&ada, &org, &id).await.expect_status(204);
    accept(&app.anyone(), &token).await.expect_problem(410, "invitation_cancelled");
    cancel(&ada, &org, &id).await.expect_status(204);
    let expected = ["org.created", "member.joined", "invitation.created", "invitation.cancelled"];
    assert_eq!(ada.event_types(&org).await, expected);
    let org = ada.get(&format!("/v1/orgs/{org}")).await.expect_status(200).json();
    assert_eq!(org["pending_invitation_count"], 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_that_has_ended_otherwise_says_how() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let token = async |email: &str| app.anyone().mailed_token(email).await;
    let used = ada.invite(&org, "used@example.com", "viewer").await;
    accept(&app.anyone(), &token("used@example.com").await).await.expect_status(200);
    cancel(&ada, &org, &used).await.expect_problem(410, "invitation_used");
    let declined = ada.invite(&org, "declined@example.com", "viewer").await;
    let body = json!({"token": token("declined@example.com").await});
    app.anyone().post("/v1/invitations/decline", body).await.expect_status(204);
    cancel(&ada, &org, &declined).await.expect_problem(410, "invitation_declined");
    let expired = ada.invite(&org, "expired@example.com", "viewer").await;
    app.advance_clock(INVITATION_LIFETIME);
    app.dispatch().await;
    cancel(&ada, &org, &expired).await.expect_problem(410, "invitation_expired");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_organizations_own_invitations_are_cancelled_by_whoever_may() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    let in_acme = ada.invite(&acme, "bob@example.com", "admin").await;
    let (viewer, _) = ada.bring_in(&acme, "carol@example.com", "viewer").await;
    let refused = cancel(&viewer, &acme, &in_acme).await.expect_problem(403, "forbidden");
    assert_eq!(refused.json()["permission"], "member.invite");
    let member = my_member_id(&ada, &beta).await;
    for wrong in [in_acme.as_str(), NO_INVITATION, "x", &member] {
        cancel(&ada, &beta, wrong).await.expect_problem(404, "not_found");
    }
    let eve = app.sign_in("eve@example.com").await;
    cancel(&eve, &acme, &in_acme).await.expect_problem(404, "not_found");
    cancel(&app.anyone(), &acme, &in_acme).await.expect_problem(401, "unauthenticated");
    // Colleagues cancel each other's invitations.
    let (admin, _) = ada.bring_in(&acme, "dan@example.com", "admin").await;
    cancel(&admin, &acme, &in_acme).await.expect_status(204);
    app.finish().await;
}
