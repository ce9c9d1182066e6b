use expect_test::expect;
use latchkey_testkit::{Caller, TestApp, Value, json, redacted, shown};

use crate::support::{my_member_id, wrong_fields};

async fn delete(caller: &Caller) -> latchkey_testkit::Answer {
    caller.delete("/v1/me", json!({ "email": caller.email })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_leaves_everything_at_once_and_its_sessions_end() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    let (bob, member) = ada.bring_in(&acme, "bob@example.com", "admin").await;
    ada.invite(&beta, "bob@example.com", "viewer").await;
    bob.post("/v1/invitations/accept", json!({"token": ada.mailed_token("bob@example.com").await}))
        .await
        .expect_status(200);
    bob.patch("/v1/me", json!({"display_name": "Bob"})).await.expect_status(200);
    let phone = app.sign_in("bob@example.com").await;
    let deleted = bob.delete("/v1/me", json!({"email": " BOB@example.com"})).await;
    expect![[r#"
        204
        set-cookie: latchkey_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"#]]
    .assert_eq(&shown(&deleted));
    for session in [&bob, &phone] {
        session.get("/v1/me").await.expect_problem(401, "unauthenticated");
    }
    for org in [&acme, &beta] {
        assert_eq!(ada.event_types(org).await.last().map(String::as_str), Some("member.left"));
        assert_eq!(ada.get(&format!("/v1/orgs/{org}")).await.json()["member_count"], 1);
    }
    // The log goes on naming whoever did it, without saying who that was.
    let left = ada.audit(&acme).await.pop().expect("an event");
    expect![[r#"
        {
          "display_name": null,
          "email": null,
          "id": "usr#1",
          "kind": "user"
        }"#]]
    .assert_eq(&redacted(&left["actor"]));
    let gone = ada.get(&format!("/v1/orgs/{acme}/members/{member}")).await.expect_status(200).json();
    assert_eq!((&gone["status"], &gone["email"], &gone["display_name"]), (&json!("left"), &Value::Null, &Value::Null));
    assert_eq!(ada.get(&format!("/v1/orgs/{acme}/members?search=bob")).await.data().len(), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_is_free_for_a_new_account_that_has_nothing_of_the_old_one() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let old = bob.get("/v1/me").await.text_at("/id");
    delete(&bob).await.expect_status(204);
    let again = app.sign_in("bob@example.com").await;
    let new = again.get("/v1/me").await.expect_status(200);
    assert_ne!(new.text_at("/id"), old);
    assert!(again.get("/v1/orgs").await.data().is_empty());
    again.get(&format!("/v1/orgs/{org}")).await.expect_problem(404, "not_found");
    // And may be invited again.
    ada.bring_back(&org, &again, "viewer").await;
    assert_eq!(again.get("/v1/orgs").await.data().len(), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_alone_can_run_an_organization_is_told_which() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.create_org("Beta").await;
    let (_, heir) = ada.bring_in(&org, "bob@example.com", "admin").await;
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "sole_top_role_holder",
          "detail": "You alone can run Acme, Beta. Hand the top role over, or delete the organization, before your account goes.",
          "organizations": [
            {
              "id": "org#1",
              "name": "Acme"
            },
            {
              "id": "org#2",
              "name": "Beta"
            }
          ],
          "request_id": "[request]",
          "status": 409,
          "title": "Somebody else must be able to run your organizations",
          "type": "/problems/sole_top_role_holder"
        }"#]]
    .assert_eq(&shown(&delete(&ada).await));
    ada.post(&format!("/v1/orgs/{org}/ownership"), json!({ "member": heir })).await.expect_status(200);
    let refused = delete(&ada).await.expect_problem(409, "sole_top_role_holder");
    assert_eq!(refused.json()["organizations"].as_array().map(Vec::len), Some(1));
    let beta = refused.json()["organizations"][0]["id"].as_str().expect("an id").to_owned();
    ada.delete(&format!("/v1/orgs/{beta}"), json!({"name": "Beta"})).await.expect_status(204);
    delete(&ada).await.expect_status(204);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_billed_owner_hands_the_billing_over_first() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (_, heir) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let refused = delete(&ada).await.expect_problem(409, "billed_owner_stays");
    assert_eq!(refused.json()["organizations"], json!([{"id": org, "name": "Acme"}]));
    ada.post(&format!("/v1/orgs/{org}/ownership"), json!({ "member": heir })).await.expect_status(200);
    delete(&ada).await.expect_status(204);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_tried_out_first_and_confirmed_by_the_address() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    bob.delete("/v1/me", json!({"email": "ada@example.com"})).await.expect_problem(422, "address_mismatch");
    assert_eq!(wrong_fields(bob.delete("/v1/me", json!({"email": "bob"})).await), ["email invalid"]);
    assert_eq!(wrong_fields(bob.delete("/v1/me", json!({})).await), ["email required"]);
    let tried = bob.delete("/v1/me?dry_run=true", json!({"email": "bob@example.com"})).await;
    expect![[r#"
        200
        {
          "consequences": {
            "keys_adopted": 0,
            "keys_kept": 0,
            "keys_revoked": 0,
            "member_count_change": -1,
            "organizations_left": 1,
            "pending_invitation_count_change": 0,
            "projects_left": 0,
            "status": 204
          },
          "dry_run": true,
          "events": [
            "member.left"
          ]
        }"#]]
    .assert_eq(&shown(&tried));
    bob.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    // Somebody who is in nothing has nothing to leave.
    delete(&app.sign_in("carol@example.com").await).await.expect_status(204);
    app.anyone().delete("/v1/me", json!({"email": "bob@example.com"})).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_in_dozens_of_organizations_leaves_them_all_by_two_statements() {
    const ORGS: usize = 40;
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    for n in 0..ORGS {
        let org = ada.create_org(&format!("Org {n}")).await;
        ada.bring_back(&org, &bob, "viewer").await;
    }
    let member = my_member_id(&bob, bob.get("/v1/orgs").await.data()[0]["id"].as_str().expect("an id")).await;
    let request = bob.request("DELETE", "/v1/me").header("x-test-id", "delete").header("idempotency-key", "k");
    request.json(&json!({"email": "bob@example.com"})).send().await.expect_status(204);
    assert_eq!(app.statements_of("delete").len(), 2);
    assert_eq!(app.count("SELECT count(*) FROM event WHERE type = 'member.left'"), ORGS as i64);
    assert_eq!(app.count("SELECT count(DISTINCT org_id) FROM event WHERE type = 'member.left'"), ORGS as i64);
    assert_eq!(app.count(&format!("SELECT count(*) FROM member WHERE id = '{member}' AND status = 'left'")), 1);
    assert_eq!(app.count("SELECT count(*) FROM command WHERE idempotency_key = 'k'"), 1);
    app.finish().await;
}
