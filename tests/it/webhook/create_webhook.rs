use expect_test::expect;
use latchkey_testkit::{TestApp, json, redacted, shown};

use super::{app, make, webhooks};
use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_webhook_is_shown_with_what_signs() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let body = json!({
        "url": "https://hooks.example.com/latchkey?x=1", "types": ["member.joined", "member.removed"], "description": "CRM",
    });
    let made = ada.post(&webhooks(&org), body).await;
    expect![[r#"
        201
        etag: "3"
        location: /v1/orgs/org#1/webhooks/whk#1
        {
          "created_at": "[time]",
          "created_by": "mem#1",
          "description": "CRM",
          "failing_since": null,
          "id": "whk#1",
          "secret": "[whsec token]",
          "status": "on",
          "types": [
            "member.joined",
            "member.removed"
          ],
          "url": "https://hooks.example.com/latchkey?x=1"
        }"#]]
    .assert_eq(&shown(&made));
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
            "created_by": "mem#1",
            "description": "CRM",
            "generation": 1,
            "types": [
              "member.joined",
              "member.removed"
            ],
            "url": "https://hooks.example.com/latchkey?x=1"
          },
          "effective_at": "[time]",
          "id": "evt#1",
          "ip": null,
          "kind": "event",
          "leaf_hash": "[hash]",
          "member": null,
          "project": null,
          "received_at": null,
          "target": {
            "id": "whk#1",
            "type": "webhook"
          },
          "type": "webhook.created",
          "user_agent": null,
          "version": 3
        }"#]]
    .assert_eq(&redacted(&ada.audit(&org).await[2]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repetition_by_its_key_shows_the_same_secret_and_nobody_else_sees_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (path, body) = (webhooks(&org), json!({"url": "https://hooks.example.com/"}));
    let first = ada.request("POST", &path).header("idempotency-key", "k").json(&body).send().await.expect_status(201);
    let again = ada.request("POST", &path).header("idempotency-key", "k").json(&body).send().await.expect_status(201);
    assert_eq!((first.text.as_str(), again.header("idempotent-replayed")), (again.text.as_str(), Some("true")));
    let secret = first.text_at("/secret");
    let digits = secret.strip_prefix("whsec_").expect("the prefix of Standard Webhooks");
    for table in ["command", "event", "webhook", "webhook_delivery"] {
        assert!(!format!("{:?}", app.sql(&format!("SELECT * FROM {table}"))).contains(digits), "{table}");
    }
    let one = format!("{path}/{}", first.text_at("/id"));
    for path in [path, one, format!("/v1/orgs/{org}/audit"), format!("/v1/orgs/{org}/events")] {
        assert!(!ada.get(&path).await.expect_status(200).text.contains(digits), "{path}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_leads_into_the_operators_network_is_refused_by_its_name() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    for url in [
        "http://example.com/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/",
        "https://metadata.google.internal/",
        "https://user:password@example.com/",
        "ftp://example.com/",
        "example.com",
    ] {
        let refused = ada.post(&webhooks(&org), json!({ "url": url })).await;
        assert_eq!(wrong_fields(refused), ["url not_allowed"], "{url}");
    }
    let long = format!("https://example.com/{}", "x".repeat(2000));
    assert_eq!(wrong_fields(ada.post(&webhooks(&org), json!({ "url": long })).await), ["url too_long"]);
    assert_eq!(app.count("SELECT count(*) FROM webhook"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let send = |body| async { wrong_fields(ada.post(&webhooks(&org), body).await) };
    assert_eq!(send(json!({})).await, ["url required"]);
    let wrong = json!({"url": 1, "types": "all", "description": [], "secret": "x"});
    assert_eq!(send(wrong).await, ["url wrong_type", "types wrong_type", "description wrong_type", "secret unknown"]);
    let url = "https://hooks.example.com/";
    assert_eq!(send(json!({"url": url, "types": ["member.vanished"]})).await, ["types not_allowed"]);
    assert_eq!(send(json!({"url": url, "types": ["webhook.created"]})).await, ["types not_allowed"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_members_with_the_right_make_webhooks() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, _) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (viewer, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let body = json!({"url": "https://hooks.example.com/"});
    admin.post(&webhooks(&org), body.clone()).await.expect_status(201);
    let refused = viewer.post(&webhooks(&org), body.clone()).await.expect_problem(403, "forbidden");
    assert_eq!(refused.json()["permission"], "webhook.manage");
    let eve = app.sign_in("eve@example.com").await;
    eve.post(&webhooks(&org), body.clone()).await.expect_problem(404, "not_found");
    app.anyone().post(&webhooks(&org), body).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_has_twenty_webhooks_and_room_when_one_is_deleted() {
    let app = app().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let body = || json!({"url": "https://hooks.example.com/"});
    let (last, _) = make(&ada, &org, body()).await;
    for _ in 1..20 {
        make(&ada, &org, body()).await;
    }
    let refused = ada.post(&webhooks(&org), body()).await.expect_problem(409, "limit_reached");
    assert_eq!(refused.json()["max"], 20);
    ada.delete(&format!("{}/{last}", webhooks(&org)), json!(null)).await.expect_status(204);
    make(&ada, &org, body()).await;
    app.finish().await;
}
