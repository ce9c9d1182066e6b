use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, shown};

use crate::support::{INVITATION_LIFETIME, NO_INVITATION, accept, wrong_fields};

async fn preview(caller: &Caller, token: &str) -> Answer {
    caller.post("/v1/invitations/preview", json!({ "token": token })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_tells_what_the_link_leads_to_and_burns_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    ada.patch("/v1/me", json!({"display_name": "Ada"})).await.expect_status(200);
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "Bob@Example.com", "admin").await;
    let anyone = app.anyone();
    let token = anyone.mailed_token("bob@example.com").await;
    let first = preview(&anyone, &token).await;
    expect![[r#"
        200
        {
          "email": "Bob@Example.com",
          "expires_at": "[time]",
          "invited_by_name": "Ada",
          "organization": {
            "id": "org#1",
            "name": "Acme"
          },
          "project": null,
          "role": "admin",
          "role_title": "Admin",
          "sign_in_required": false,
          "status": "pending"
        }"#]]
    .assert_eq(&shown(&first));
    assert_eq!(preview(&anyone, &token).await.json(), first.json());
    assert_eq!(ada.event_types(&org).await.len(), 3, "nothing was appended");
    app.sign_in("bob@example.com").await;
    assert_eq!(preview(&anyone, &token).await.json()["sign_in_required"], true);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_leads_nowhere_any_more_says_why() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let anyone = app.anyone();
    let org = ada.create_org("Acme").await;
    let invite = async |email: &str| (ada.invite(&org, email, "viewer").await, anyone.mailed_token(email).await);
    let status = async |token: &str| preview(&anyone, token).await.expect_status(200).text_at("/status");

    let (_, used) = invite("used@example.com").await;
    accept(&anyone, &used).await.expect_status(200);
    assert_eq!(status(&used).await, "accepted");
    let (_, declined) = invite("declined@example.com").await;
    anyone.post("/v1/invitations/decline", json!({ "token": declined })).await.expect_status(204);
    assert_eq!(status(&declined).await, "declined");
    let (id, cancelled) = invite("cancelled@example.com").await;
    ada.delete(&format!("/v1/orgs/{org}/invitations/{id}"), Value::Null).await.expect_status(204);
    assert_eq!(status(&cancelled).await, "cancelled");
    let (_, expired) = invite("expired@example.com").await;
    app.advance_clock(INVITATION_LIFETIME);
    assert_eq!(status(&expired).await, "expired", "also before the log has said so");
    app.dispatch().await;
    assert_eq!(status(&expired).await, "expired");
    ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(204);
    preview(&anyone, &used).await.expect_problem(410, "invitation_cancelled");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_was_never_mailed_opens_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let anyone = app.anyone();
    let token = anyone.mailed_token("bob@example.com").await;
    let forged = format!("{}{}", &token[..token.len() - 64], "0".repeat(64));
    let unknown = token.replace(&token[4..36], &NO_INVITATION[4..]);
    for wrong in ["x", &token[1..], &token[..token.len() - 1], &forged, &unknown, &token.to_uppercase(), ada.token()] {
        preview(&anyone, wrong).await.expect_problem(404, "invitation_unknown");
    }
    let send = |body| async { wrong_fields(anyone.post("/v1/invitations/preview", body).await) };
    assert_eq!(send(json!({})).await, ["token required"]);
    assert_eq!(send(json!({"token": "", "x": 1})).await, ["token too_short", "x unknown"]);
    assert_eq!(send(json!({"token": "x".repeat(257)})).await, ["token too_long"]);
    preview(&anyone, &token).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_looks_at_a_hundred_and_twenty_tokens_in_ten_minutes() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let token = app.anyone().mailed_token("bob@example.com").await;
    for _ in 0..120 {
        preview(&app.anyone(), &token).await.expect_status(200);
    }
    let refused = preview(&app.anyone(), &token).await.expect_problem(429, "too_many_requests");
    assert!(refused.header("retry-after").is_some());
    app.finish().await;
}
