use std::time::Duration;

use expect_test::expect;
use latchkey_testkit::{Caller, TestApp, Value, json, redacted, shown};

use super::{Key, make_key, verdict, verified};
use crate::support::{DAY, wrong_fields};

async fn rotate(caller: &Caller, org: &str, key: &Key, body: Value) -> Key {
    let rotated = caller.post(&format!("{}/rotate", key.path(org)), body).await.expect_status(200);
    Key { id: rotated.text_at("/id"), text: rotated.text_at("/key") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_text_lives_on_for_a_day_unless_asked_otherwise() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let first = make_key(&ada, &org, json!({})).await;
    let answer = ada.post(&format!("{}/rotate", first.path(&org)), Value::Null).await;
    expect![[r#"
        200
        etag: "4"
        {
          "created_at": "[time]",
          "created_by": "mem#1",
          "ended_at": null,
          "expires_at": null,
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
            "activity.write",
            "analytics.read",
            "api_key.create",
            "api_key.manage",
            "audit.read",
            "audit.read_own",
            "badge.create",
            "badge.delete",
            "badge.edit",
            "badge.upload_image",
            "billing.manage",
            "credential.issue",
            "credential.read",
            "credential.revoke",
            "domain.manage",
            "domain.verify",
            "license.assign",
            "member.change_role",
            "member.invite",
            "member.read",
            "member.remove",
            "oauth_client.manage",
            "org.delete",
            "org.read",
            "org.update",
            "owner.transfer",
            "project.manage",
            "signing_key.generate",
            "webhook.manage"
          ],
          "project": null,
          "rate_limit": null,
          "scopes": null,
          "status": "active"
        }"#]]
    .assert_eq(&shown(&answer));
    expect![[r#"
        {
          "generation": 2,
          "label": "[label]",
          "old_until": "[time]"
        }"#]]
    .assert_eq(&redacted(&ada.audit(&org).await.pop().unwrap()["data"]));
    let second = Key { id: answer.text_at("/id"), text: answer.text_at("/key") };
    assert_ne!(first.text, second.text);
    for key in [&first, &second] {
        assert_eq!(verdict(&app, key).await, "valid");
        key.program(&app).get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    }
    assert!(verified(&app, &first).await["expires_at"].is_string(), "its end is told");
    assert!(verified(&app, &second).await["expires_at"].is_null());
    app.advance_clock(DAY - Duration::from_secs(60));
    assert_eq!(verdict(&app, &first).await, "valid");
    app.advance_clock(Duration::from_secs(61));
    assert_eq!(verdict(&app, &first).await, "rotated");
    first.program(&app).get(&format!("/v1/orgs/{org}")).await.expect_problem(401, "unauthenticated");
    assert_eq!(verdict(&app, &second).await, "valid");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_rotation_shortens_the_first_ones_overlap_and_lengthens_none() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let first = make_key(&ada, &org, json!({})).await;
    let second = rotate(&ada, &org, &first, json!({"overlap_s": 3600})).await;
    let third = rotate(&ada, &org, &second, json!({"overlap_s": 60})).await;
    app.advance_clock(Duration::from_secs(61));
    assert_eq!(verdict(&app, &first).await, "rotated");
    assert_eq!(verdict(&app, &second).await, "rotated");
    let fourth = rotate(&ada, &org, &third, json!({"overlap_s": 30 * 24 * 3600})).await;
    assert_eq!(verdict(&app, &first).await, "rotated", "what is over is over");
    assert_eq!(verdict(&app, &third).await, "valid");
    // At once: a leak is answered.
    let fifth = rotate(&ada, &org, &fourth, json!({"overlap_s": 0})).await;
    for key in [&first, &second, &third, &fourth] {
        assert_eq!(verdict(&app, key).await, "rotated");
        key.program(&app).get(&format!("/v1/orgs/{org}")).await.expect_problem(401, "unauthenticated");
    }
    assert_eq!(verdict(&app, &fifth).await, "valid");
    let path = format!("{}/rotate", fifth.path(&org));
    for wrong in [json!(-1), json!(30 * 24 * 3600 + 1), json!("1")] {
        assert_eq!(wrong_fields(ada.post(&path, json!({ "overlap_s": wrong })).await).len(), 1, "{wrong}");
    }
    ada.delete(&fifth.path(&org), Value::Null).await.expect_status(204);
    ada.post(&path, Value::Null).await.expect_problem(409, "key_ended");
    assert_eq!(verdict(&app, &fourth).await, "revoked");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repetition_shows_the_same_text() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let key = make_key(&ada, &org, json!({})).await;
    let path = format!("{}/rotate", key.path(&org));
    let first = ada.request("POST", &path).header("idempotency-key", "k").send().await.expect_status(200);
    rotate(&ada, &org, &key, json!({"overlap_s": 3600})).await;
    let again = ada.request("POST", &path).header("idempotency-key", "k").send().await.expect_status(200);
    assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (first.text.as_str(), Some("true")));
    assert_eq!(app.count("SELECT generation FROM api_key"), 3);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_rotates_anothers_key_could_do_all_that_it_can() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "issuer").await;
    let (cem, _) = ada.bring_in(&org, "cem@example.com", "admin").await;
    let of_bob = make_key(&ada, &org, json!({ "member": bob_id })).await;
    let of_ada = make_key(&ada, &org, json!({ "scopes": ["org.delete"] })).await;
    let of_cem = make_key(&cem, &org, json!({})).await;
    let path = |key: &Key| format!("{}/rotate", key.path(&org));
    cem.post(&path(&of_ada), Value::Null).await.expect_problem(403, "scopes_too_wide");
    bob.post(&path(&of_ada), Value::Null).await.expect_problem(403, "forbidden");
    bob.post(&path(&of_bob), Value::Null).await.expect_status(200);
    cem.post(&path(&of_bob), Value::Null).await.expect_status(200);
    // Without scopes it would rise with its holder, and so would the text that somebody else knows.
    ada.post(&path(&of_cem), Value::Null).await.expect_problem(403, "exceeds_maker");
    ada.patch(&of_cem.path(&org), json!({"scopes": ["org.read"]})).await.expect_status(200);
    ada.post(&path(&of_cem), Value::Null).await.expect_status(200);
    app.finish().await;
}
