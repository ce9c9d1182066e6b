use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use crate::support::{NO_USER, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_reports_it_and_every_organization_shows_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    let path = format!("/v1/users/{}/tier", bob.get("/v1/me").await.text_at("/id"));
    let set = async |tier: Value| app.operator().put(&path, json!({ "tier": tier })).await;
    expect![[r#"
        200
        {
          "tier": "Pro Max",
          "user": "usr#1"
        }"#]]
    .assert_eq(&shown(&set(json!(" Pro Max ")).await));
    let tier = async || ada.get(&format!("/v1/orgs/{org}/members/{id}")).await.json()["tier"].clone();
    assert_eq!(tier().await, "Pro Max");
    set(Value::Null).await.expect_status(200);
    assert_eq!(tier().await, Value::Null);
    // It is the account's: no organization's log speaks of it.
    assert_eq!(ada.audit(&org).await.len(), 5);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_joins_brings_their_own_tier() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    let user = bob.get("/v1/me").await.text_at("/id");
    app.operator().put(&format!("/v1/users/{user}/tier"), json!({"tier": "hobby"})).await.expect_status(200);
    let org = ada.create_org_with("Acme", "studio").await;
    let invitation = ada.invite(&org, "bob@example.com", "member").await;
    let joined = bob.post(&format!("/v1/me/invitations/{invitation}/accept"), Value::Null).await.expect_status(200);
    assert_eq!(joined.text_at("/member/tier"), "hobby");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_can_be_tried_and_repeated() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let path = format!("/v1/users/{}/tier", ada.get("/v1/me").await.text_at("/id"));
    let tried = app.operator().put(&format!("{path}?dry_run=true"), json!({"tier": "pro"})).await;
    assert_eq!(tried.expect_status(200).json()["dry_run"], true);
    assert_eq!(app.count("SELECT count(*) FROM user WHERE personal_tier IS NOT NULL"), 0);
    let send = async |tier: &str| {
        let request = app.operator().request("PUT", &path).header("idempotency-key", "k");
        request.json(&json!({ "tier": tier })).send().await
    };
    let first = send("pro").await.expect_status(200);
    let again = send("pro").await.expect_status(200);
    assert_eq!((again.header("idempotent-replayed"), again.text.as_str()), (Some("true"), first.text.as_str()));
    send("max").await.expect_problem(422, "idempotency_key_reused");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_operator_may_and_only_of_accounts() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let path = format!("/v1/users/{}/tier", ada.get("/v1/me").await.text_at("/id"));
    for caller in [&ada, &app.anyone()] {
        caller.put(&path, json!({"tier": "pro"})).await.expect_problem(401, "unauthenticated");
    }
    let nobody = app.operator().put(&format!("/v1/users/{NO_USER}/tier"), json!({"tier": "pro"})).await;
    nobody.expect_problem(404, "not_found");
    app.operator().put("/v1/users/ada/tier", json!({"tier": "pro"})).await.expect_problem(404, "not_found");
    for (body, wrong) in [
        (json!({"tier": ""}), "tier too_short"),
        (json!({"tier": "x".repeat(41)}), "tier too_long"),
        (json!({"tier": "a\nb"}), "tier invalid"),
        (json!({"tier": 1}), "tier wrong_type"),
    ] {
        assert_eq!(wrong_fields(app.operator().put(&path, body).await), [wrong]);
    }
    app.finish().await;
}
