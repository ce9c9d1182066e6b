use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use crate::support::{accept, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_ends_every_membership_and_invitation_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    ada.invite(&org, "carol@example.com", "viewer").await;
    let token = app.anyone().mailed_token("carol@example.com").await;
    expect![[r#"
        200
        {
          "consequences": {
            "member_count_change": -2,
            "pending_invitation_count_change": -1,
            "status": 204
          },
          "dry_run": true,
          "events": [
            "org.deleted"
          ]
        }"#]]
    .assert_eq(&shown(&ada.delete(&format!("{path}?dry_run=true"), json!({"name": "Acme"})).await));
    ada.delete(&path, json!({"name": "Acme"})).await.expect_status(204);

    for who in [&ada, &bob] {
        who.get(&path).await.expect_problem(404, "not_found");
        assert!(who.get("/v1/orgs").await.data().is_empty());
        who.get(&format!("{path}/members")).await.expect_problem(404, "not_found");
        who.get(&format!("{path}/audit")).await.expect_problem(404, "not_found");
    }
    accept(&app.anyone(), &token).await.expect_problem(410, "invitation_cancelled");
    ada.delete(&path, json!({"name": "Acme"})).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_name_is_compared_to_the_letter() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let refused = ada.delete(&path, json!({"name": "acme"})).await;
    expect![[r#"
        422
        content-type: application/problem+json
        {
          "code": "name_mismatch",
          "detail": "This is not the name. To confirm, type it exactly as it is.",
          "errors": [
            {
              "code": "not_allowed",
              "field": "name",
              "message": "This is not the name. To confirm, type it exactly as it is."
            }
          ],
          "request_id": "[request]",
          "status": 422,
          "title": "The name does not match",
          "type": "/problems/name_mismatch"
        }"#]]
    .assert_eq(&shown(&refused));
    for wrong in ["", "Acme ", "Acm", "Acme\u{0}"] {
        ada.delete(&path, json!({ "name": wrong })).await.expect_problem(422, "name_mismatch");
    }
    assert_eq!(wrong_fields(ada.delete(&path, json!({})).await), ["name required"]);
    assert_eq!(
        wrong_fields(ada.delete(&path, json!({"name": true, "sure": true})).await),
        ["name wrong_type", "sure unknown"]
    );
    ada.delete(&path, Value::Null).await.expect_problem(415, "unsupported_media_type");
    ada.patch(&path, json!({"name": "Renamed"})).await.expect_status(200);
    ada.delete(&path, json!({"name": "Acme"})).await.expect_problem(422, "name_mismatch");
    ada.delete(&path, json!({"name": "Renamed"})).await.expect_status(204);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_whose_role_includes_it_deletes() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let (admin, _) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let refused = admin.delete(&path, json!({"name": "Acme"})).await.expect_problem(403, "forbidden");
    assert_eq!(refused.json()["permission"], "org.delete");
    let eve = app.sign_in("eve@example.com").await;
    eve.delete(&path, json!({"name": "Acme"})).await.expect_problem(404, "not_found");
    app.anyone().delete(&path, json!({"name": "Acme"})).await.expect_problem(401, "unauthenticated");
    ada.get(&path).await.expect_status(200);
    app.finish().await;
}
