use latchkey_testkit::{TestApp, json};

use super::{make_key, verdict};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_very_next_use_of_a_revoked_key_is_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let second = app.second_process().await;
    let key = make_key(&ada, &org, json!({})).await;
    let there = || async {
        let operator = app.operator().at(second.addr());
        operator.post("/v1/api-keys/verify", json!({"key": key.text})).await.expect_status(200).json()
    };
    assert_eq!((verdict(&app, &key).await.as_str(), &there().await["valid"]), ("valid", &json!(true)));
    ada.delete(&key.path(&org), json!(null)).await.expect_status(204);
    assert_eq!(there().await["reason"], "revoked", "another process sees it");
    assert_eq!(verdict(&app, &key).await, "revoked");
    for program in [key.program(&app), key.program(&app).at(second.addr())] {
        program.get(&format!("/v1/orgs/{org}")).await.expect_problem(401, "unauthenticated");
        program.delete(&key.path(&org), json!(null)).await.expect_problem(401, "unauthenticated");
    }
    // Twice is once.
    ada.delete(&key.path(&org), json!(null)).await.expect_status(204);
    let ends = ada.event_types(&org).await.into_iter().filter(|kind| kind == "api_key.revoked").count();
    assert_eq!(ends, 1);
    drop(second);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_revoked_by_its_holder_or_whoever_manages_all() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "issuer").await;
    let (cem, _) = ada.bring_in(&org, "cem@example.com", "issuer").await;
    let (dan, _) = ada.bring_in(&org, "dan@example.com", "admin").await;
    let key = make_key(&ada, &org, json!({ "member": bob_id })).await;
    cem.delete(&key.path(&org), json!(null)).await.expect_problem(403, "forbidden");
    bob.delete(&key.path(&org), json!(null)).await.expect_status(204);
    // To end what is stronger than oneself takes nothing from anybody's power over it.
    let of_ada = make_key(&ada, &org, json!({})).await;
    dan.delete(&of_ada.path(&org), json!(null)).await.expect_status(204);
    // A program ends itself only if it may end all.
    let reads = make_key(&ada, &org, json!({"scopes": ["org.read"]})).await;
    reads.program(&app).delete(&reads.path(&org), json!(null)).await.expect_problem(403, "scope_lacks");
    let manages = make_key(&ada, &org, json!({"scopes": ["api_key.manage"]})).await;
    manages.program(&app).delete(&manages.path(&org), json!(null)).await.expect_status(204);
    assert_eq!(ada.audit(&org).await.pop().unwrap()["actor"]["id"], json!(manages.id));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_end_with_their_project_and_with_their_organization() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let project = ada.create_project(&org, "Engine").await;
    let of_project = make_key(&ada, &org, json!({ "project": project })).await;
    let of_all = make_key(&ada, &org, json!({})).await;
    ada.delete(&format!("/v1/orgs/{org}/projects/{project}"), json!({"name": "Engine"})).await.expect_status(204);
    assert_eq!(
        (verdict(&app, &of_project).await.as_str(), verdict(&app, &of_all).await.as_str()),
        ("revoked", "valid")
    );
    assert_eq!(app.count("SELECT key_count FROM org"), 1);
    let gone = ada.post(&super::keys(&org), super::named(json!({ "project": project }))).await;
    gone.expect_problem(404, "not_found");
    ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(204);
    assert_eq!(verdict(&app, &of_all).await, "revoked");
    of_all.program(&app).get(&format!("/v1/orgs/{org}")).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
