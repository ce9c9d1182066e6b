use latchkey_testkit::{TestApp, Value, json};

use crate::support::{NO_ORG, PRESETS};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_organization_lives_by_the_preset_it_named() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for name in PRESETS {
        let org = ada.post("/v1/orgs", json!({"name": "Acme", "policy": name})).await.expect_status(201).text_at("/id");
        let policy = ada.get(&format!("/v1/orgs/{org}/policy")).await.expect_status(200);
        assert_eq!(policy.header("etag"), Some("\"2\""));
        let preset = app.anyone().get(&format!("/v1/policies/{name}")).await.expect_status(200);
        assert_eq!(policy.json(), preset.json());
        // One organization at a time, where the policy says so.
        ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(204);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_member_reads_the_rules_and_strangers_do_not() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/policy");
    let (viewer, _) = ada.bring_in(&org, "viewer@example.com", "viewer").await;
    assert_eq!(viewer.get(&path).await.expect_status(200).json(), ada.get(&path).await.json());
    let eve = app.sign_in("eve@example.com").await;
    eve.get(&path).await.expect_problem(404, "not_found");
    eve.get(&format!("/v1/orgs/{NO_ORG}/policy")).await.expect_problem(404, "not_found");
    app.anyone().get(&path).await.expect_problem(401, "unauthenticated");
    viewer.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    viewer.get(&path).await.expect_problem(404, "not_found");
    app.finish().await;
}
