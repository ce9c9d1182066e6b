use expect_test::expect;
use latchkey_testkit::{TestApp, json, redacted, shown};

use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_is_renamed_and_the_log_keeps_the_old_name() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let renamed = ada.patch(&path, json!({"name": " Acme & Co "})).await;
    expect![[r#"
        200
        etag: "3"
        {
          "auto_join_role": "viewer",
          "billed_owner": null,
          "created_at": "[time]",
          "email_notifications": true,
          "hints": [],
          "id": "org#1",
          "limits": {},
          "member_count": 1,
          "my_role": "owner",
          "name": "Acme & Co",
          "pending_invitation_count": 0,
          "plan": "free",
          "policy": "credentials",
          "upgrade_url": null,
          "version": 3
        }"#]]
    .assert_eq(&shown(&renamed));
    assert_eq!(ada.get(&path).await.json(), renamed.json());
    expect![[r#"
        {
          "actor": {
            "display_name": null,
            "email": "ada@example.com",
            "id": "usr#1",
            "kind": "user"
          },
          "at": "[time]",
          "data": {
            "name": "Acme & Co",
            "was": "Acme"
          },
          "effective_at": "[time]",
          "id": "evt#1",
          "leaf_hash": "[hash]",
          "target": {
            "id": "org#1",
            "type": "organization"
          },
          "type": "org.renamed",
          "version": 3
        }"#]]
    .assert_eq(&redacted(&ada.audit(&org).await[2]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_present_name_again_appends_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let same = ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(200);
    assert_eq!(same.json()["version"], 2);
    assert_eq!(same.header("etag"), Some("\"2\""));
    assert_eq!(ada.event_types(&org).await, ["org.created", "member.joined"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_without_the_right_does_not_rename() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let refused = viewer.patch(&path, json!({"name": "Bob's"})).await;
    expect![[r#"
        403
        content-type: application/problem+json
        {
          "code": "forbidden",
          "detail": "Your role viewer does not include org.update. Ask somebody whose role does.",
          "permission": "org.update",
          "request_id": "[request]",
          "role": "viewer",
          "status": 403,
          "title": "Your role does not allow this",
          "type": "/problems/forbidden"
        }"#]]
    .assert_eq(&shown(&refused));
    let eve = app.sign_in("eve@example.com").await;
    eve.patch(&path, json!({"name": "Eve's"})).await.expect_problem(404, "not_found");
    app.anyone().patch(&path, json!({"name": "X"})).await.expect_problem(401, "unauthenticated");
    assert_eq!(wrong_fields(ada.patch(&path, json!({})).await), ["name required"]);
    assert_eq!(
        wrong_fields(ada.patch(&path, json!({"name": null, "plan": "pro"})).await),
        ["name wrong_type", "plan unknown"]
    );
    assert_eq!(ada.get(&path).await.text_at("/name"), "Acme");
    app.finish().await;
}
