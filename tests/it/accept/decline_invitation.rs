use latchkey_testkit::{Answer, Caller, TestApp, Value, json};

use crate::support::{INVITATION_LIFETIME, accept, text, wrong_fields};

async fn decline(caller: &Caller, token: &str) -> Answer {
    caller.post("/v1/invitations/decline", json!({ "token": token })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declining_needs_no_account_and_makes_none() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let id = ada.invite(&org, "bob@example.com", "viewer").await;
    let anyone = app.anyone();
    let token = anyone.mailed_token("bob@example.com").await;
    decline(&anyone, &token).await.expect_status(204);
    decline(&anyone, &token).await.expect_status(204);
    assert_eq!(app.count("SELECT count(*) FROM user"), 1);
    let events = ada.audit(&org).await;
    assert_eq!(events.len(), 4, "declining twice changes nothing");
    assert_eq!(text(&events[3]["type"]), "invitation.declined");
    assert_eq!(events[3]["actor"]["id"], format!("invitation:{id}"));
    assert_eq!(events[3]["actor"]["kind"], "invitation");
    accept(&anyone, &token).await.expect_problem(410, "invitation_declined");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_an_account_declines_as_themselves_when_signed_in() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let bob = app.sign_in("bob@example.com").await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    decline(&bob, &app.anyone().mailed_token("bob@example.com").await).await.expect_status(204);
    assert_eq!(ada.audit(&org).await[3]["actor"]["email"], "bob@example.com");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_speaks_for_the_address_whoever_is_signed_in() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let id = ada.invite(&org, "bob@example.com", "viewer").await;
    let eve = app.sign_in("eve@example.com").await;
    decline(&eve, &app.anyone().mailed_token("bob@example.com").await).await.expect_status(204);
    assert_eq!(
        ada.audit(&org).await[3]["actor"]["id"],
        format!("invitation:{id}"),
        "the log does not name a bystander"
    );
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_open_invitation_can_be_declined() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let anyone = app.anyone();
    let org = ada.create_org("Acme").await;
    let invite = async |email: &str| (ada.invite(&org, email, "viewer").await, anyone.mailed_token(email).await);
    let (_, used) = invite("used@example.com").await;
    accept(&anyone, &used).await.expect_status(200);
    decline(&anyone, &used).await.expect_problem(410, "invitation_used");
    let (id, cancelled) = invite("cancelled@example.com").await;
    ada.delete(&format!("/v1/orgs/{org}/invitations/{id}"), Value::Null).await.expect_status(204);
    decline(&anyone, &cancelled).await.expect_problem(410, "invitation_cancelled");
    let (_, expired) = invite("expired@example.com").await;
    app.advance_clock(INVITATION_LIFETIME);
    decline(&anyone, &expired).await.expect_problem(410, "invitation_expired");
    app.dispatch().await;
    decline(&anyone, &expired).await.expect_problem(410, "invitation_expired");
    decline(&anyone, "x").await.expect_problem(404, "invitation_unknown");
    decline(&anyone.clone().bearer("lks_no"), &used).await.expect_problem(401, "unauthenticated");
    assert_eq!(
        wrong_fields(anyone.post("/v1/invitations/decline", json!({"why": 1})).await),
        ["token required", "why unknown"]
    );
    app.finish().await;
}
