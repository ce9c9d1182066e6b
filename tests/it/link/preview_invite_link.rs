use std::time::Duration;

use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, shown};

use crate::support::{NO_LINK, join, make_link, wrong_fields};

async fn preview(caller: &Caller, token: &str) -> Answer {
    caller.post("/v1/invite-links/preview", json!({ "token": token })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_tells_what_the_link_leads_to_and_burns_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    ada.patch("/v1/me", json!({"display_name": "Ada"})).await.expect_status(200);
    let org = ada.create_org_with("Bright", "studio").await;
    let (_, token) = make_link(&ada, &org, json!({"role": "member", "uses_max": 1, "domains": ["example.com"]})).await;
    let first = preview(&app.anyone(), &token).await;
    expect![[r#"
        200
        {
          "domains": [
            "example.com"
          ],
          "expires_at": "[time]",
          "invited_by_name": "Ada",
          "organization": {
            "id": "org#1",
            "name": "Bright"
          },
          "role": "member",
          "role_title": "Member",
          "status": "active"
        }"#]]
    .assert_eq(&shown(&first));
    assert_eq!(preview(&app.anyone(), &token).await.json(), first.json());
    assert_eq!(ada.event_types(&org).await.len(), 3, "nothing was appended");
    join(&app.sign_in("bob@example.com").await, &token).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_good_for_nothing_any_more_says_why() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let anyone = app.anyone();
    let status = async |token: &str| preview(&anyone, token).await.expect_status(200).text_at("/status");
    let (_, used_up) = make_link(&ada, &org, json!({"role": "viewer", "uses_max": 1})).await;
    assert_eq!(status(&used_up).await, "active");
    join(&app.sign_in("bob@example.com").await, &used_up).await.expect_status(200);
    assert_eq!(status(&used_up).await, "used_up");
    let (id, revoked) = make_link(&ada, &org, json!({"role": "viewer"})).await;
    ada.delete(&format!("/v1/orgs/{org}/invite-links/{id}"), Value::Null).await.expect_status(204);
    assert_eq!(status(&revoked).await, "revoked");
    let (_, expired) = make_link(&ada, &org, json!({"role": "viewer", "expires_in_s": 60})).await;
    app.advance_clock(Duration::from_secs(61));
    assert_eq!(status(&expired).await, "expired", "also before the log has said so");
    app.dispatch().await;
    assert_eq!(status(&expired).await, "expired");
    ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(204);
    preview(&anyone, &used_up).await.expect_problem(410, "link_revoked");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_was_never_given_out_opens_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (_, token) = make_link(&ada, &org, json!({"role": "viewer"})).await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let invitation = app.anyone().mailed_token("bob@example.com").await;
    let anyone = app.anyone();
    let forged = format!("{}{}", &token[..token.len() - 64], "0".repeat(64));
    let unknown = token.replace(&token[4..36], &NO_LINK[4..]);
    let renamed = token.replacen("lkl", "lki", 1);
    for wrong in ["x", &token[1..], &forged, &unknown, &renamed, &token.to_uppercase(), &invitation, ada.token()] {
        preview(&anyone, wrong).await.expect_problem(404, "link_unknown");
        join(&ada, wrong).await.expect_problem(404, "link_unknown");
    }
    anyone.post("/v1/invitations/preview", json!({ "token": renamed })).await.expect_problem(404, "invitation_unknown");
    let send = |body| async { wrong_fields(anyone.post("/v1/invite-links/preview", body).await) };
    assert_eq!(send(json!({})).await, ["token required"]);
    assert_eq!(send(json!({"token": "", "x": 1})).await, ["token too_short", "x unknown"]);
    preview(&anyone, &token).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_looks_at_a_hundred_and_twenty_tokens_in_ten_minutes() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (_, token) = make_link(&ada, &org, json!({"role": "viewer"})).await;
    for _ in 0..120 {
        preview(&app.anyone(), &token).await.expect_status(200);
    }
    let refused = preview(&app.anyone(), &token).await.expect_problem(429, "too_many_requests");
    assert!(refused.header("retry-after").is_some());
    app.finish().await;
}
