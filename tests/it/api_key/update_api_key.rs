use latchkey_testkit::{TestApp, json};

use super::{list, make_key, permissions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_renamed_and_narrowed() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let key = make_key(&ada, &org, json!({})).await;
    let path = key.path(&org);
    let version = ada.get(&format!("/v1/orgs/{org}")).await.header("etag").unwrap().to_owned();
    let narrowed = json!({"name": "Reader", "scopes": ["org.read"]});
    let changed = ada.request("PATCH", &path).header("if-match", &version).json(&narrowed).send().await;
    let changed = changed.expect_status(200);
    assert_eq!(
        (changed.text_at("/name").as_str(), list(&changed.json()["permissions"])),
        ("Reader", vec!["org.read".to_owned()])
    );
    assert_eq!(permissions(&app, &key).await, ["org.read"]);
    let stale = ada.request("PATCH", &path).header("if-match", &version).json(&json!({"name": "x"}));
    stale.send().await.expect_problem(412, "version_mismatch");

    // What is as it was changes nothing.
    ada.patch(&path, narrowed).await.expect_status(200);
    ada.patch(&path, json!({})).await.expect_status(200);
    let changes = ada.event_types(&org).await.into_iter().filter(|kind| kind == "api_key.changed").count();
    assert_eq!(changes, 1);
    let event = ada.audit(&org).await.pop().unwrap();
    assert_eq!(event["data"], json!({"name": "Reader", "scopes": ["org.read"]}));

    ada.patch(&path, json!({"scopes": ["org.read", "owner.transfer"]})).await.expect_status(200);
    ada.patch(&path, json!({"scopes": ["no.such_thing"]})).await.expect_problem(403, "scopes_too_wide");
    // Nothing takes the scopes away again.
    ada.patch(&path, json!({"scopes": null, "name": "Wide?"})).await;
    assert_eq!(permissions(&app, &key).await, ["org.read", "owner.transfer"]);
    ada.delete(&path, json!(null)).await.expect_status(204);
    ada.patch(&path, json!({"name": "x"})).await.expect_problem(409, "key_ended");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_widens_a_key_past_its_holder_or_themselves() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "issuer").await;
    let (cem, _) = ada.bring_in(&org, "cem@example.com", "admin").await;
    let of_bob = make_key(&ada, &org, json!({ "member": bob_id, "scopes": ["org.read"] })).await;
    let of_ada = make_key(&ada, &org, json!({ "scopes": ["org.read"] })).await;
    // The holder narrows; without the right to make keys, they do not widen.
    let wider = json!({"scopes": ["org.read", "badge.create"]});
    bob.patch(&of_bob.path(&org), wider.clone()).await.expect_problem(403, "scopes_too_wide");
    bob.patch(&of_bob.path(&org), json!({"scopes": []})).await.expect_status(200);
    assert!(permissions(&app, &of_bob).await.is_empty());
    // Whoever manages all of them widens as far as holder and self reach.
    cem.patch(&of_bob.path(&org), wider).await.expect_status(200);
    cem.patch(&of_bob.path(&org), json!({"scopes": ["badge.edit"]})).await.expect_problem(403, "scopes_too_wide");
    cem.patch(&of_ada.path(&org), json!({"scopes": ["org.delete"]})).await.expect_problem(403, "scopes_too_wide");
    cem.patch(&of_ada.path(&org), json!({"scopes": ["badge.edit"]})).await.expect_status(200);
    bob.patch(&of_ada.path(&org), json!({"name": "x"})).await.expect_problem(403, "forbidden");
    app.finish().await;
}
