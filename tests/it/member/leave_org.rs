use expect_test::expect;
use latchkey_testkit::{TestApp, Value, shown};

use crate::support::NO_ORG;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_ends_the_membership_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let leave = format!("/v1/orgs/{org}/leave");
    expect![[r#"
        200
        etag: "6"
        {
          "keys": [],
          "member": "mem#1"
        }"#]]
    .assert_eq(&shown(&bob.post(&leave, Value::Null).await));
    bob.get(&format!("/v1/orgs/{org}")).await.expect_problem(404, "not_found");
    bob.post(&leave, Value::Null).await.expect_problem(404, "not_found");
    assert_eq!(ada.event_types(&org).await.last().unwrap(), "member.left");
    ada.invite(&org, "bob@example.com", "viewer").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_holder_of_the_top_role_stays() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.bring_in(&org, "bob@example.com", "admin").await;
    let refused = ada.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await;
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "last_top_role_holder",
          "detail": "The last owner must stay. Make somebody else owner first, or delete the organization.",
          "request_id": "[request]",
          "role": "owner",
          "status": 409,
          "title": "The last holder of the top role stays",
          "type": "/problems/last_top_role_holder"
        }"#]]
    .assert_eq(&shown(&refused));
    ada.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_have_nothing_to_leave() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let eve = app.sign_in("eve@example.com").await;
    eve.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_problem(404, "not_found");
    eve.post(&format!("/v1/orgs/{NO_ORG}/leave"), Value::Null).await.expect_problem(404, "not_found");
    app.anyone().post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
