//! An organization that wants people to have signed in lately when they do something dangerous.

use std::time::Duration;

use latchkey_testkit::{Caller, TestApp, Value, json};

use crate::support::wrong_fields;

async fn strict(app: &TestApp, policy: &str) -> (Caller, String) {
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", policy).await;
    let set = ada.patch(&format!("/v1/orgs/{org}"), json!({"reauth_after_s": 600})).await.expect_status(200);
    assert_eq!(set.json()["reauth_after_s"], 600);
    (ada, org)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_old_session_gives_no_organization_away() {
    let app = TestApp::start().await;
    let (ada, org) = strict(&app, "credentials").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "enterprise"})).await.expect_status(200);
    let (_, member) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let at = |path: &str| format!("/v1/orgs/{org}{path}");
    let made = ada.post(&at("/api-keys"), json!({"name": "CI"})).await.expect_status(201);
    let (key, program) = (made.text_at("/id"), app.anyone().bearer(made.text_at("/key")));
    let client = json!({"name": "Export", "scopes": ["org.read"]});
    let client_id = ada.post(&at("/oauth-clients"), client.clone()).await.expect_status(201).text_at("/id");
    let hook = json!({"url": "https://hooks.example.net/"});
    let hook = ada.post(&at("/webhooks"), hook).await.expect_status(201).text_at("/id");
    let domain = ada.post(&at("/domains"), json!({"domain": "acme.example"})).await.expect_status(201);
    app.resolver().set(&domain.text_at("/record/name"), &[&domain.text_at("/record/value")]);
    let domain = domain.text_at("/id");
    let mut rules = ada.get(&at("/policy")).await.expect_status(200).json();
    rules["name"] = json!("other");
    app.advance_clock(Duration::from_secs(601));

    let dangerous = [
        ("DELETE", at(""), json!({"name": "Acme"})),
        ("POST", at("/ownership"), json!({ "member": member })),
        ("PUT", at("/policy"), rules),
        ("PUT", at(&format!("/members/{member}/role")), json!({"role": "owner"})),
        ("POST", at("/invitations"), json!({"email": "eve@example.com", "role": "owner"})),
        ("POST", at("/domains"), json!({"domain": "eve.example"})),
        ("POST", at(&format!("/domains/{domain}/verify")), Value::Null),
        ("PATCH", at(&format!("/domains/{domain}")), json!({"auto_join": "automatic"})),
        ("POST", at("/api-keys"), json!({"name": "Backdoor"})),
        ("PATCH", at(&format!("/api-keys/{key}")), json!({"name": "Backdoor"})),
        ("POST", at(&format!("/api-keys/{key}/rotate")), json!({})),
        ("POST", at("/oauth-clients"), client),
        ("POST", at(&format!("/oauth-clients/{client_id}/rotate")), json!({})),
        ("POST", at("/webhooks"), json!({"url": "https://eve.example.net/"})),
        ("PATCH", at(&format!("/webhooks/{hook}")), json!({"url": "https://eve.example.net/"})),
        ("POST", at(&format!("/webhooks/{hook}/rotate")), json!({})),
        ("PATCH", at(""), json!({"reauth_after_s": null})),
    ];
    let events = ada.audit(&org).await.len();
    for (method, path, body) in &dangerous {
        for query in ["", "?dry_run=true"] {
            let refused = ada.request(method, &format!("{path}{query}")).json(body).send().await;
            let refused = refused.expect_problem(403, "sign_in_again");
            assert_eq!(refused.json()["max_age_s"], 600, "{method} {path}");
        }
    }
    assert_eq!(ada.audit(&org).await.len(), events);

    // What is not dangerous goes on, and access can always be taken away.
    ada.put(&at(&format!("/members/{member}/role")), json!({"role": "viewer"})).await.expect_status(200);
    ada.patch(&at(""), json!({"name": "Acme Inc"})).await.expect_status(200);
    ada.invite(&org, "cem@example.com", "viewer").await;
    ada.delete(&at(&format!("/oauth-clients/{client_id}")), Value::Null).await.expect_status(204);
    // A key is no session.
    program.get(&at("")).await.expect_status(200);
    ada.delete(&at(&format!("/api-keys/{key}")), Value::Null).await.expect_status(204);

    // Whoever signs in again may.
    let again = app.sign_in("ada@example.com").await;
    again.post(&at("/api-keys"), json!({"name": "CD"})).await.expect_status(201);
    again.delete(&at(""), json!({"name": "Acme Inc"})).await.expect_status(204);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_setting_a_session_may_as_long_as_it_lasts() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    app.advance_clock(Duration::from_secs(7 * 24 * 3600));
    ada.post(&format!("/v1/orgs/{org}/api-keys"), json!({"name": "CI"})).await.expect_status(201);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_setting_is_in_the_log_and_ends_with_null() {
    let app = TestApp::start().await;
    let (ada, org) = strict(&app, "credentials").await;
    let data = |event: &Value| event["data"]["reauth_after_s"].clone();
    assert_eq!(data(ada.audit(&org).await.last().unwrap()), json!(600));
    let path = format!("/v1/orgs/{org}");
    assert_eq!(
        ada.patch(&path, json!({"reauth_after_s": null})).await.expect_status(200).json()["reauth_after_s"],
        Value::Null
    );
    assert_eq!(data(ada.audit(&org).await.last().unwrap()), Value::Null);
    for wrong in [0, 59, 2_592_001, -1] {
        assert_eq!(
            wrong_fields(ada.patch(&path, json!({"reauth_after_s": wrong})).await),
            ["reauth_after_s out_of_range"]
        );
    }
    app.finish().await;
}
