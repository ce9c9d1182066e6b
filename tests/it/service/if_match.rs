//! `If-Match`: a change only of the version that the client has seen.

use expect_test::expect;
use latchkey_testkit::{Caller, RequestBuilder, TestApp, json, shown};

use crate::support::wrong_fields;

fn rename(caller: &Caller, org: &str, name: &str, tag: &str) -> RequestBuilder {
    caller.request("PATCH", &format!("/v1/orgs/{org}")).header("if-match", tag).json(&json!({ "name": name }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_a_version_seen_is_made_and_of_another_is_not() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let tag = ada.get(&format!("/v1/orgs/{org}")).await.header("etag").unwrap().to_owned();
    let renamed = rename(&ada, &org, "Beta", &tag).send().await.expect_status(200);
    expect![[r#"
        412
        content-type: application/problem+json
        {
          "code": "version_mismatch",
          "detail": "The organization is at version 3 now. Read it again, then decide.",
          "present": 3,
          "request_id": "[request]",
          "status": 412,
          "title": "The organization has changed",
          "type": "/problems/version_mismatch"
        }"#]]
    .assert_eq(&shown(&rename(&ada, &org, "Gamma", &tag).send().await));
    let next = renamed.header("etag").unwrap();
    assert_eq!(rename(&ada, &org, "Gamma", next).send().await.expect_status(200).header("etag"), Some("\"4\""));
    rename(&ada, &org, "Delta", "*").send().await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_of_an_organization_heeds_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let invitation = ada.invite(&org, "bob@example.com", "viewer").await;
    let (_, carol_id) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let before = ada.audit(&org).await;
    let path = format!("/v1/orgs/{org}");
    for (method, path, body) in [
        ("PATCH", path.clone(), json!({"name": "Beta"})),
        ("DELETE", path.clone(), json!({"name": "Acme"})),
        ("POST", format!("{path}/invitations"), json!({"email": "dan@example.com", "role": "viewer"})),
        ("POST", format!("{path}/invitations/{invitation}/resend"), json!(null)),
        ("DELETE", format!("{path}/invitations/{invitation}"), json!(null)),
        ("PUT", format!("{path}/plan"), json!({"plan": "professional"})),
        ("PUT", format!("{path}/limits"), json!({"limits": {"a": 1}})),
        ("PUT", format!("{path}/members/{carol_id}/limits"), json!({"limits": {"a": 1}})),
        ("DELETE", format!("{path}/members/{carol_id}"), json!(null)),
    ] {
        let stale = ada.request(method, &path).header("if-match", "\"1\"").json(&body).send().await;
        stale.expect_problem(412, "version_mismatch");
    }
    assert_eq!(ada.audit(&org).await, before);
    let body = json!({"email": "dan@example.com", "role": "viewer"});
    let invite =
        ada.request("POST", &format!("{path}/invitations")).header("if-match", "\"6\"").json(&body).send().await;
    assert_eq!(invite.expect_status(201).header("etag"), Some("\"7\""));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_version_is_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    for wrong in ["2", "W/\"2\"", "\"x\"", "\"1\", \"2\"", "\"\""] {
        assert_eq!(wrong_fields(rename(&ada, &org, "Beta", wrong).send().await), ["If-Match invalid"], "{wrong}");
    }
    app.finish().await;
}
