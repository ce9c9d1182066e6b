use expect_test::expect;
use latchkey_testkit::{TestApp, json, redacted, shown};

use super::{ask, clients, make};
use crate::support::{my_member_id, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_client_is_shown_with_its_secret() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let body = json!({"name": "Nightly export", "scopes": ["org.read", "badge.create", "org.read"]});
    let made = ada.post(&clients(&org), body).await;
    expect![[r#"
        201
        etag: "3"
        location: /v1/orgs/org#1/oauth-clients/oac#1
        {
          "client_secret": "[lkc token]",
          "created_at": "[time]",
          "created_by": "mem#1",
          "ended_at": null,
          "id": "oac#1",
          "name": "Nightly export",
          "permissions": [
            "badge.create",
            "org.read"
          ],
          "role": "owner",
          "scopes": [
            "badge.create",
            "org.read"
          ],
          "status": "active"
        }"#]]
    .assert_eq(&shown(&made));
    let secret = made.text_at("/client_secret");
    let digits = secret.strip_prefix("lkc_").unwrap();
    assert!(digits.len() == 72 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{secret}");
    assert_eq!(made.text_at("/created_by"), my_member_id(&ada, &org).await);
    let log = ada.audit(&org).await;
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
            "generation": 1,
            "name": "Nightly export",
            "role": "owner",
            "scopes": [
              "badge.create",
              "org.read"
            ]
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
            "id": "oac#1",
            "type": "oauth_client"
          },
          "type": "oauth_client.created",
          "user_agent": null,
          "version": 3
        }"#]]
    .assert_eq(&redacted(&log[2]));
    ask(&ada, &made.text_at("/id"), &secret).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repetition_by_its_key_shows_the_same_secret_and_nobody_else_sees_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (path, body) = (clients(&org), json!({"name": "Export", "scopes": ["org.read"]}));
    let first = ada.request("POST", &path).header("idempotency-key", "k").json(&body).send().await.expect_status(201);
    let again = ada.request("POST", &path).header("idempotency-key", "k").json(&body).send().await.expect_status(201);
    assert_eq!((first.text.as_str(), again.header("idempotent-replayed")), (again.text.as_str(), Some("true")));
    let secret = first.text_at("/client_secret");
    for table in ["command", "event", "oauth_client", "oauth_client_secret"] {
        assert!(!format!("{:?}", app.sql(&format!("SELECT * FROM {table}"))).contains(&secret[4..60]), "{table}");
    }
    let one = format!("{path}/{}", first.text_at("/id"));
    for path in [path, one, format!("/v1/orgs/{org}/audit")] {
        let read = ada.get(&path).await.expect_status(200);
        assert!(!read.text.contains(&secret[4..60]) && !read.text.contains("token_hash"), "{path}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_may_do_no_more_than_whoever_makes_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, _) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (viewer, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let body = |scopes: &[&str]| json!({"name": "Export", "scopes": scopes});
    let wide = body(&["org.read", "billing.manage", "made.up"]);
    let refused = admin.post(&clients(&org), wide).await.expect_problem(403, "scopes_too_wide");
    assert_eq!(refused.json()["missing"], json!(["billing.manage", "made.up"]));
    let refused = viewer.post(&clients(&org), body(&["org.read"])).await.expect_problem(403, "forbidden");
    assert_eq!(refused.json()["permission"], "oauth_client.manage");
    let eve = app.sign_in("eve@example.com").await;
    eve.post(&clients(&org), body(&["org.read"])).await.expect_problem(404, "not_found");
    app.anyone().post(&clients(&org), body(&["org.read"])).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_key_makes_clients_within_its_scopes_and_none_that_outlives_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let keys = format!("/v1/orgs/{org}/api-keys");
    let scopes = json!(["oauth_client.manage", "org.read"]);
    let lasting = ada.post(&keys, json!({"name": "k", "scopes": scopes})).await.expect_status(201).text_at("/key");
    let body = json!({"name": "k", "scopes": scopes, "expires_at": "2100-01-01T00:00:00Z"});
    ada.post(&keys, body).await.expect_problem(422, "invalid_request");
    app.advance_clock(std::time::Duration::from_secs(1));
    let until = ada.get(&format!("/v1/orgs/{org}")).await.text_at("/created_at");
    let year: u32 = until[..4].parse().unwrap();
    let body = json!({"name": "k", "scopes": scopes, "expires_at": format!("{}{}", year + 1, &until[4..])});
    let ending = ada.post(&keys, body).await.expect_status(201).text_at("/key");
    let lasting = app.anyone().bearer(lasting);
    let (client, _) = make(&lasting, &org, &["org.read"]).await;
    let wide = json!({"name": "Export", "scopes": ["org.update"]});
    lasting.post(&clients(&org), wide).await.expect_problem(403, "scopes_too_wide");
    let ending = app.anyone().bearer(ending);
    let body = json!({"name": "Export", "scopes": ["org.read"]});
    ending.post(&clients(&org), body).await.expect_problem(403, "exceeds_maker");
    super::rotate(&ending, &org, &client, json!({})).await.expect_problem(403, "exceeds_maker");
    super::rotate(&lasting, &org, &client, json!({})).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_has_a_hundred_clients_and_room_when_one_is_revoked() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (last, _) = make(&ada, &org, &["org.read"]).await;
    for _ in 1..100 {
        make(&ada, &org, &["org.read"]).await;
    }
    let body = json!({"name": "Export", "scopes": ["org.read"]});
    let refused = ada.post(&clients(&org), body).await.expect_problem(409, "limit_reached");
    assert_eq!(refused.json()["max"], 100);
    super::revoke(&ada, &org, &last).await.expect_status(204);
    make(&ada, &org, &["org.read"]).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let send = |body| async { wrong_fields(ada.post(&clients(&org), body).await) };
    assert_eq!(send(json!({})).await, ["name required", "scopes required"]);
    let wrong = json!({"name": "", "scopes": "org.read", "secret": "x"});
    assert_eq!(send(wrong).await, ["name invalid", "scopes wrong_type", "secret unknown"]);
    assert_eq!(send(json!({"name": "a", "scopes": []})).await, ["scopes too_short"]);
    assert_eq!(send(json!({"name": "a", "scopes": ["Org Read"]})).await, ["scopes invalid"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_may_do_to_some_resources_only_no_client_may_do() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "administrator").await;
    let body = json!({"restrictions": {"usage.read": ["meter"]}});
    ada.put(&format!("/v1/orgs/{org}/members/{id}/restrictions"), body).await.expect_status(200);
    let body = json!({"name": "Export", "scopes": ["usage.read", "org.read"]});
    let refused = bob.post(&clients(&org), body).await.expect_problem(403, "scopes_too_wide");
    assert_eq!(refused.json()["missing"], json!(["usage.read"]));
    let (client, _) = make(&ada, &org, &["usage.read"]).await;
    super::rotate(&bob, &org, &client, json!({})).await.expect_problem(403, "scopes_too_wide");
    app.finish().await;
}
