use expect_test::expect;
use latchkey_testkit::{TestApp, json, shown};

use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_creates_an_organization_holds_its_top_role() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let created = ada.post("/v1/orgs", json!({"name": "  Ärzte & Söhne ", "policy": "credentials"})).await;
    expect![[r#"
        201
        etag: "2"
        location: /v1/orgs/org#1
        {
          "activity_retention_days": null,
          "auto_join_role": "viewer",
          "billed_owner": null,
          "created_at": "[time]",
          "email_notifications": true,
          "hints": [],
          "id": "org#1",
          "limits": {},
          "member_count": 1,
          "my_role": "owner",
          "name": "Ärzte & Söhne",
          "pending_invitation_count": 0,
          "plan": "free",
          "policy": "credentials",
          "reauth_after_s": null,
          "upgrade_url": null,
          "version": 2
        }"#]]
    .assert_eq(&shown(&created));
    let org = created.text_at("/id");
    assert_eq!(created.header("location"), Some(format!("/v1/orgs/{org}").as_str()));
    assert_eq!(ada.get(&format!("/v1/orgs/{org}")).await.expect_status(200).json(), created.json());
    assert_eq!(ada.event_types(&org).await, ["org.created", "member.joined"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_organizations_may_have_one_name() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    assert_ne!(ada.create_org("Acme").await, ada.create_org("Acme").await);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_makes_one_organization_at_a_time_where_the_policy_says_so() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let bright = ada.create_org_with("Bright", "studio").await;
    let body = json!({"name": "Another", "policy": "studio"});
    let refused = ada.post("/v1/orgs", body.clone()).await.expect_problem(409, "leave_first");
    assert_eq!((refused.text_at("/organization"), refused.text_at("/name")), (bright.clone(), "Bright".to_owned()));
    ada.create_org("Badges").await;
    ada.delete(&format!("/v1/orgs/{bright}"), json!({"name": "Bright"})).await.expect_status(204);
    ada.post("/v1/orgs", body).await.expect_status(201);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_that_does_not_exist_is_refused_with_those_that_do() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let refused = ada.post("/v1/orgs", json!({"name": "Acme", "policy": "anarchy"})).await;
    let problem = refused.expect_problem(422, "unknown_policy").json();
    assert_eq!(problem["errors"][0]["field"], "policy");
    let known = problem["known"].as_array().unwrap();
    assert!(known.contains(&json!("credentials")), "{known:?}");
    for policy in known {
        ada.post("/v1/orgs", json!({"name": "Acme", "policy": policy})).await.expect_status(201);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let send = |body| async { wrong_fields(ada.post("/v1/orgs", body).await) };
    assert_eq!(send(json!({})).await, ["name required"]);
    assert_eq!(
        send(json!({"name": 1, "policy": "No Such", "plan": "x"})).await,
        ["name wrong_type", "policy invalid", "plan unknown"]
    );
    for wrong in ["", "  ", "a\tb", &"é".repeat(101)] {
        assert_eq!(send(json!({ "name": wrong })).await, ["name invalid"], "{wrong:?}");
    }
    ada.post("/v1/orgs", json!({"name": "é".repeat(100)})).await.expect_status(201);
    app.anyone().post("/v1/orgs", json!({"name": "Acme"})).await.expect_problem(401, "unauthenticated");
    assert_eq!(app.count("SELECT count(*) FROM org"), 1);
    app.finish().await;
}
