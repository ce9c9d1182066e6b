use expect_test::expect;
use latchkey_testkit::{TestApp, json, redacted, shown};

use super::{keys, list, make_key, named, permissions};
use crate::support::{DAY, NO_MEMBER, NO_PROJECT, my_member_id, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_key_is_shown_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let body = json!({
        "name": "CI", "scopes": ["org.read", "badge.create"], "expires_at": "2999-01-01T00:00:00.000Z",
        "rate_limit": {"requests": 10, "window_s": 60},
    });
    assert_eq!(wrong_fields(ada.post(&keys(&org), body.clone()).await), ["expires_at out_of_range"]);
    let mut body = body;
    body["expires_at"] = json!("2030-01-01T00:00:00.000Z");
    let made = ada.post(&keys(&org), body).await;
    expect![[r#"
        201
        etag: "3"
        location: /v1/orgs/org#1/api-keys/key#1
        {
          "created_at": "[time]",
          "created_by": "mem#1",
          "ended_at": null,
          "expires_at": "[time]",
          "holder": {
            "display_name": null,
            "email": "ada@example.com",
            "member": "mem#1",
            "role": "owner"
          },
          "id": "key#1",
          "key": "[key]",
          "label": "[label]",
          "last_used_at": null,
          "name": "CI",
          "ownerless": false,
          "permissions": [
            "badge.create",
            "org.read"
          ],
          "project": null,
          "rate_limit": {
            "requests": 10,
            "window_s": 60
          },
          "scopes": [
            "badge.create",
            "org.read"
          ],
          "status": "active"
        }"#]]
    .assert_eq(&shown(&made));
    let event = ada.audit(&org).await.pop().unwrap();
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
            "expires_at": "[time]",
            "generation": 1,
            "label": "[label]",
            "member": "mem#1",
            "name": "CI",
            "rate": {
              "max": 10,
              "window_s": 60
            },
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
            "id": "key#1",
            "type": "api_key"
          },
          "type": "api_key.created",
          "user_agent": null,
          "version": 3
        }"#]]
    .assert_eq(&redacted(&event));
    for path in [keys(&org), format!("{}/{}", keys(&org), made.text_at("/id")), format!("/v1/orgs/{org}/audit")] {
        let answer = ada.get(&path).await.expect_status(200);
        assert!(!answer.text.contains(&made.text_at("/key")), "{path}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repetition_shows_the_same_key_and_makes_no_other() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let create = || {
        let request = ada.request("POST", &keys(&org)).header("idempotency-key", "k");
        request.json(&json!({"name": "CI"})).send()
    };
    let first = create().await.expect_status(201);
    let again = create().await.expect_status(201);
    assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (first.text.as_str(), Some("true")));
    assert_eq!(app.count("SELECT count(*) FROM api_key"), 1);
    let other = ada.request("POST", &keys(&org)).header("idempotency-key", "k").json(&json!({"name": "CD"}));
    other.send().await.expect_problem(422, "idempotency_key_reused");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_another_member_does_what_both_may_do_now() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "issuer").await;
    let (cem, cem_id) = ada.bring_in(&org, "cem@example.com", "admin").await;
    let ada_id = my_member_id(&ada, &org).await;
    let (_, viewer) = ada.bring_in(&org, "vic@example.com", "viewer").await;
    bob.post(&keys(&org), named(json!({}))).await.expect_problem(403, "forbidden");

    let key = make_key(&cem, &org, json!({ "member": bob_id })).await;
    let read = bob.get(&key.path(&org)).await.expect_status(200).json();
    assert_eq!((read["holder"]["member"].as_str(), read["created_by"].as_str()), (Some(&*bob_id), Some(&*cem_id)));
    assert_eq!(list(&read["scopes"]).len(), 7, "whoever makes another's key gives it scopes");
    // The holder rises, and the key that somebody else knows does not.
    ada.put(&format!("/v1/orgs/{org}/members/{bob_id}/role"), json!({"role": "admin"})).await.expect_status(200);
    assert_eq!(permissions(&app, &key).await, list(&read["scopes"]));

    for (body, code) in [
        (json!({ "member": ada_id }), "scopes_too_wide"),
        (json!({ "member": ada_id, "scopes": ["billing.manage"] }), "scopes_too_wide"),
        (json!({ "scopes": ["owner.transfer"] }), "scopes_too_wide"),
        (json!({ "scopes": ["no.such_thing"] }), "scopes_too_wide"),
        (json!({ "member": viewer, "scopes": ["org.read"] }), "role_holds_no_keys"),
    ] {
        let refused = cem.post(&keys(&org), named(body)).await;
        assert_eq!(refused.json()["code"], code, "{}", refused.text);
    }
    let missing = cem.post(&keys(&org), named(json!({"scopes": ["owner.transfer", "org.read"]}))).await;
    expect![[r#"
        403
        content-type: application/problem+json
        {
          "code": "scopes_too_wide",
          "detail": "It would do what you, or its holder, may not: owner.transfer.",
          "missing": [
            "owner.transfer"
          ],
          "request_id": "[request]",
          "status": 403,
          "title": "The key would do more than it may",
          "type": "/problems/scopes_too_wide"
        }"#]]
    .assert_eq(&shown(&missing));
    let no_keys = cem.post(&keys(&org), named(json!({ "member": viewer }))).await;
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "role_holds_no_keys",
          "detail": "Holders of the role viewer may have no API keys. Choose another member.",
          "request_id": "[request]",
          "role": "viewer",
          "status": 409,
          "title": "The role holds no keys",
          "type": "/problems/role_holds_no_keys"
        }"#]]
    .assert_eq(&shown(&no_keys));
    cem.post(&keys(&org), named(json!({ "member": NO_MEMBER }))).await.expect_problem(404, "not_found");
    cem.post(&keys(&org), named(json!({ "project": NO_PROJECT }))).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_makes_no_sense_makes_no_key() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    for (body, wrong) in [
        (json!({}), vec!["name required"]),
        (json!({"name": ""}), vec!["name invalid"]),
        (json!({"name": "CI", "scopes": "org.read"}), vec!["scopes wrong_type"]),
        (json!({"name": "CI", "scopes": ["Org Read"]}), vec!["scopes invalid"]),
        (json!({"name": "CI", "expires_at": "2001-01-01T00:00:00Z"}), vec!["expires_at out_of_range"]),
        (json!({"name": "CI", "rate_limit": {"requests": 0, "window_s": 1}}), vec!["rate_limit out_of_range"]),
        (json!({"name": "CI", "rate_limit": {"requests": 1}}), vec!["rate_limit out_of_range"]),
        (json!({"name": "CI", "project": "x"}), vec!["project invalid"]),
    ] {
        assert_eq!(wrong_fields(ada.post(&keys(&org), body.clone()).await), wrong, "{body}");
    }
    let stale = ada.request("POST", &keys(&org)).header("if-match", "\"1\"").json(&json!({"name": "CI"}));
    stale.send().await.expect_problem(412, "version_mismatch");
    assert_eq!(app.count("SELECT count(*) FROM api_key"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_has_ten_thousand_active_keys_at_most() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let key = make_key(&ada, &org, json!({})).await;
    app.sql(&format!("UPDATE org SET key_count = 10000 WHERE id = '{org}'"));
    let refused = ada.post(&keys(&org), named(json!({}))).await.expect_problem(409, "limit_reached");
    assert!(refused.text.contains("10000"), "{}", refused.text);
    ada.delete(&key.path(&org), json!(null)).await.expect_status(204);
    make_key(&ada, &org, json!({})).await;
    app.sql(&format!("UPDATE org SET key_count = 1 WHERE id = '{org}'"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_ends_at_its_time_and_the_log_says_so() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let now = app.count("SELECT created_at FROM org");
    let at = latchkey_api::Timestamp(now + 3_600_000);
    let key = make_key(&ada, &org, json!({ "expires_at": at })).await;
    assert_eq!(super::verdict(&app, &key).await, "valid");
    app.advance_clock(DAY / 24 + std::time::Duration::from_secs(1));
    assert_eq!(super::verdict(&app, &key).await, "expired");
    key.program(&app).get(&format!("/v1/orgs/{org}")).await.expect_problem(401, "unauthenticated");
    assert_eq!(ada.get(&key.path(&org)).await.text_at("/status"), "expired", "before anything has said so");
    ada.patch(&key.path(&org), json!({"name": "CD"})).await.expect_problem(409, "key_ended");
    ada.post(&format!("{}/rotate", key.path(&org)), json!(null)).await.expect_problem(409, "key_ended");
    let counted = |wanted: i64| assert_eq!(app.count("SELECT key_count FROM org"), wanted);
    counted(1);
    app.dispatch().await;
    app.dispatch().await;
    counted(0);
    let ends = ada.event_types(&org).await.into_iter().filter(|kind| kind == "api_key.expired").count();
    assert_eq!(ends, 1);
    assert_eq!(super::verdict(&app, &key).await, "expired");
    assert_eq!(ada.get(&format!("{}?status=expired", keys(&org))).await.data().len(), 1);
    app.finish().await;
}
