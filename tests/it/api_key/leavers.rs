//! What becomes of the keys of whoever goes: it is settled with the going, and each key is named.

use expect_test::expect;
use latchkey_testkit::{Caller, TestApp, Value, json, shown};

use super::{Key, keys, make_key, permissions, verdict, verified};
use crate::support::my_member_id;

async fn remove(caller: &Caller, org: &str, member: &str, body: Value) -> latchkey_testkit::Answer {
    caller.delete(&format!("/v1/orgs/{org}/members/{member}"), body).await
}

/// The fates that a removal names, by key.
fn fates(answer: &latchkey_testkit::Answer) -> Vec<(String, String)> {
    let keys = answer.json()["keys"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    keys.iter().map(|key| (text(&key["id"]), text(&key["fate"]))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_key_has_its_fate_and_the_answer_and_the_log_name_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (_, cem_id) = ada.bring_in(&org, "cem@example.com", "issuer").await;
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(make_key(&bob, &org, json!({"scopes": ["org.read", "audit.read"]})).await);
    }
    bob.delete(&made[3].path(&org), Value::Null).await.expect_status(204);
    let body = json!({
        "keys": "revoke", "adopter": cem_id, "each_key": { &made[1].id: "keep", &made[2].id: "adopt" },
    });
    let dry = ada.delete(&format!("/v1/orgs/{org}/members/{bob_id}?dry_run=true"), body.clone()).await;
    expect![[r#"
        200
        {
          "consequences": {
            "keys_adopted": 1,
            "keys_kept": 1,
            "keys_revoked": 1,
            "member_count_change": -1,
            "pending_invitation_count_change": 0,
            "status": 200
          },
          "dry_run": true,
          "events": [
            "api_key.revoked",
            "api_key.kept",
            "api_key.adopted",
            "member.removed"
          ]
        }"#]]
    .assert_eq(&shown(&dry));
    assert_eq!(verdict(&app, &made[0]).await, "valid");
    let before = ada.audit(&org).await.len();
    expect![[r#"
        200
        etag: "17"
        {
          "keys": [
            {
              "adopter": null,
              "fate": "revoke",
              "id": "key#1",
              "label": "[label]",
              "name": "CI"
            },
            {
              "adopter": null,
              "fate": "keep",
              "id": "key#2",
              "label": "[label]",
              "name": "CI"
            },
            {
              "adopter": "mem#1",
              "fate": "adopt",
              "id": "key#3",
              "label": "[label]",
              "name": "CI"
            }
          ],
          "member": "mem#2"
        }"#]]
    .assert_eq(&shown(&remove(&ada, &org, &bob_id, body).await));
    let events: Vec<(Value, Value)> = ada
        .audit(&org)
        .await
        .split_off(before)
        .into_iter()
        .map(|event| (event["type"].clone(), event["target"]["id"].clone()))
        .collect();
    assert_eq!(
        events,
        [
            (json!("api_key.revoked"), json!(made[0].id)),
            (json!("api_key.kept"), json!(made[1].id)),
            (json!("api_key.adopted"), json!(made[2].id)),
            (json!("member.removed"), json!(bob_id)),
        ]
    );
    assert_eq!(verdict(&app, &made[0]).await, "holder_removed");
    let kept = verified(&app, &made[1]).await;
    assert_eq!((&kept["valid"], &kept["ownerless"]), (&json!(true), &json!(true)));
    assert_eq!(permissions(&app, &made[1]).await, ["audit.read", "org.read"]);
    // An issuer reads no log, whatever the key could do before.
    assert_eq!(verified(&app, &made[2]).await["member"], json!(cem_id));
    assert_eq!(permissions(&app, &made[2]).await, ["org.read"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_policy_has_a_default_and_says_what_may_be_chosen() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for (preset, role, verdict_after) in
        [("credentials", "admin", "holder_removed"), ("platform", "developer", "valid")]
    {
        let org = ada.create_org_with("Acme", preset).await;
        let (bob, bob_id) = ada.bring_in(&org, &format!("bob@{preset}.example.com"), role).await;
        let key = make_key(&bob, &org, json!({})).await;
        remove(&ada, &org, &bob_id, Value::Null).await.expect_status(200);
        assert_eq!(verdict(&app, &key).await, verdict_after, "{preset}");
        let (cem, _) = ada.bring_in(&org, &format!("cem@{preset}.example.com"), role).await;
        let key = make_key(&cem, &org, json!({})).await;
        let left = cem.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
        assert_eq!(fates(&left).len(), 1);
        assert_eq!(verdict(&app, &key).await, verdict_after, "{preset}");
    }
    let org = ada.create_org("Strict").await;
    let mut rules = ada.get(&format!("/v1/orgs/{org}/policy")).await.json();
    (rules["name"], rules["leaver_keys"]) = (json!("strict"), json!({"default": "revoke", "allowed": ["revoke"]}));
    ada.put(&format!("/v1/orgs/{org}/policy"), rules).await.expect_status(200);
    let (bob, bob_id) = ada.bring_in(&org, "bob@strict.example.com", "admin").await;
    let key = make_key(&bob, &org, json!({})).await;
    let refused = remove(&ada, &org, &bob_id, json!({"keys": "keep"})).await;
    expect![[r#"
        422
        content-type: application/problem+json
        {
          "allowed": [
            "revoke"
          ],
          "code": "key_fate_not_allowed",
          "detail": "The organization's policy does not allow keep. Choose one of: revoke.",
          "request_id": "[request]",
          "status": 422,
          "title": "The policy decides otherwise about a leaver's keys",
          "type": "/problems/key_fate_not_allowed"
        }"#]]
    .assert_eq(&shown(&refused));
    remove(&ada, &org, &bob_id, json!({"each_key": { &key.id: "adopt" }}))
        .await
        .expect_problem(422, "key_fate_not_allowed");
    assert_eq!(verdict(&app, &key).await, "valid", "nothing has happened");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_that_does_not_fit_its_keys_is_refused_whole() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (_, vic_id) = ada.bring_in(&org, "vic@example.com", "viewer").await;
    let (_, gone_id) = ada.bring_in(&org, "gone@example.com", "admin").await;
    remove(&ada, &org, &gone_id, Value::Null).await.expect_status(200);
    let (key, other) = (make_key(&bob, &org, json!({})).await, make_key(&ada, &org, json!({})).await);
    let each = |id: &str| json!({"each_key": { id: "revoke" }});
    remove(&ada, &org, &bob_id, each(&other.id)).await.expect_problem(422, "not_their_keys");
    remove(&ada, &org, &bob_id, each(&format!("key_{}", "0".repeat(32)))).await.expect_problem(422, "not_their_keys");
    let adopt = |member: &str| json!({"keys": "adopt", "adopter": member});
    remove(&ada, &org, &bob_id, adopt(&vic_id)).await.expect_problem(409, "role_holds_no_keys");
    for nobody in [&bob_id, &gone_id, &format!("mem_{}", "0".repeat(32))] {
        remove(&ada, &org, &bob_id, adopt(nobody)).await.expect_problem(404, "not_found");
    }
    assert_eq!(verdict(&app, &key).await, "valid");
    assert!(remove(&ada, &org, &bob_id, json!({"keys": "burn"})).await.status == 422);
    let adopted = remove(&ada, &org, &bob_id, json!({"keys": "adopt"})).await.expect_status(200);
    assert_eq!(adopted.json()["keys"][0]["adopter"], json!(my_member_id(&ada, &org).await), "whoever asks");
    // Ada may do more; the key does what it did.
    assert!(!permissions(&app, &key).await.contains(&"owner.transfer".to_owned()));
    assert!(permissions(&app, &key).await.contains(&"audit.read".to_owned()));
    // Twice is once, whatever is chosen then.
    assert!(fates(&remove(&ada, &org, &bob_id, json!({"keys": "revoke"})).await.expect_status(200)).is_empty());
    assert_eq!(verdict(&app, &key).await, "valid");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_key_never_comes_to_do_more() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "developer").await;
    let key = make_key(&bob, &org, json!({})).await;
    let before = permissions(&app, &key).await;
    remove(&ada, &org, &bob_id, Value::Null).await.expect_status(200);
    assert_eq!(permissions(&app, &key).await, before);
    key.program(&app).get(&format!("/v1/orgs/{org}/members")).await.expect_status(200);

    // Whoever comes back is somebody else, whatever their role.
    let again = ada.bring_back(&org, &bob, "administrator").await;
    assert_ne!(again, bob_id);
    assert_eq!(permissions(&app, &key).await, before);
    assert_eq!(bob.get(&keys(&org)).await.expect_status(200).data().len(), 0, "it is nobody's");
    // Rules that give the role more give the key nothing; rules that give it less take.
    let policy = format!("/v1/orgs/{org}/policy");
    let mut rules = ada.get(&policy).await.json();
    rules["name"] = json!("wider");
    let all = rules["roles"][0]["permissions"].clone();
    rules["roles"][1]["permissions"] = all;
    ada.put(&policy, rules.clone()).await.expect_status(200);
    assert_eq!(permissions(&app, &key).await, before);
    (rules["name"], rules["roles"][1]["permissions"]) = (json!("narrower"), json!(["org.read"]));
    ada.put(&policy, rules.clone()).await.expect_status(200);
    assert_eq!(permissions(&app, &key).await, ["org.read"]);
    key.program(&app).get(&format!("/v1/orgs/{org}/members")).await.expect_problem(403, "forbidden");
    (rules["name"], rules["roles"][1]["holds_keys"]) = (json!("without"), json!(false));
    ada.put(&policy, rules).await.expect_status(200);
    assert_eq!(verdict(&app, &key).await, "holder_may_not_hold_keys");

    // Its scopes are widened by nobody past what it is frozen at.
    let scoped = ada.patch(&key.path(&org), json!({"scopes": ["owner.transfer"]})).await;
    scoped.expect_problem(403, "scopes_too_wide");
    let listed = ada.get(&format!("{}?whose=all", keys(&org))).await.expect_status(200).data();
    assert_eq!((&listed[0]["ownerless"], &listed[0]["holder"]["member"]), (&json!(true), &json!(bob_id)));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_deleted_settles_its_keys_everywhere() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (keeps, revokes) = (ada.create_org_with("Keeps", "platform").await, ada.create_org("Revokes").await);
    let (bob, _) = ada.bring_in(&keeps, "bob@example.com", "developer").await;
    ada.bring_back(&revokes, &bob, "admin").await;
    let mut made: Vec<Key> = Vec::new();
    for org in [&keeps, &revokes] {
        made.push(make_key(&bob, org, json!({})).await);
    }
    bob.delete("/v1/me", json!({"email": "bob@example.com"})).await.expect_status(204);
    assert_eq!(verdict(&app, &made[0]).await, "valid");
    assert_eq!(verdict(&app, &made[1]).await, "holder_removed");
    made[0].program(&app).get(&format!("/v1/orgs/{keeps}")).await.expect_status(200);
    let read = ada.get(&made[0].path(&keeps)).await.expect_status(200);
    assert_eq!((&read.json()["ownerless"], &read.json()["holder"]["email"]), (&json!(true), &Value::Null));
    assert!(!read.text.contains("bob@example.com"));
    let log = ada.event_types(&keeps).await;
    assert_eq!(log[log.len() - 2..], ["api_key.kept", "member.left"]);
    ada.delete(&made[0].path(&keeps), Value::Null).await.expect_status(204);
    assert_eq!(verdict(&app, &made[0]).await, "revoked");
    app.finish().await;
}
