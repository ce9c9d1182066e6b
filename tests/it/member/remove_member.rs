use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use crate::support::{NO_MEMBER, my_member_id, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_members_access_is_gone_on_their_very_next_request() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let member = format!("/v1/orgs/{org}/members/{bob_id}");
    bob.invite(&org, "carol@example.com", "viewer").await;
    let dry = ada.delete(&format!("{member}?dry_run=true"), Value::Null).await;
    expect![[r#"
        200
        {
          "consequences": {
            "keys_adopted": 0,
            "keys_kept": 0,
            "keys_revoked": 0,
            "member_count_change": -1,
            "pending_invitation_count_change": 0,
            "status": 200
          },
          "dry_run": true,
          "events": [
            "member.removed"
          ]
        }"#]]
    .assert_eq(&shown(&dry));
    bob.get(&format!("/v1/orgs/{org}")).await.expect_status(200);

    ada.delete(&member, Value::Null).await.expect_status(200);
    bob.get(&format!("/v1/orgs/{org}")).await.expect_problem(404, "not_found");
    let invite = json!({"email": "dan@example.com", "role": "viewer"});
    bob.post(&format!("/v1/orgs/{org}/invitations"), invite).await.expect_problem(404, "not_found");
    bob.get("/v1/me").await.expect_status(200);
    assert_eq!(
        texts(&ada.get(&format!("/v1/orgs/{org}/members")).await.data(), "email"),
        ["ada@example.com", "carol@example.com"]
    );

    ada.delete(&member, Value::Null).await.expect_status(200);
    let removals = ada.event_types(&org).await.iter().filter(|kind| *kind == "member.removed").count();
    assert_eq!(removals, 1, "removing twice changes nothing");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_removed_can_be_invited_again() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, before) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    ada.delete(&format!("/v1/orgs/{org}/members/{before}"), Value::Null).await.expect_status(200);
    let invitation = ada.invite(&org, "bob@example.com", "issuer").await;
    let accepted = bob.post(&format!("/v1/me/invitations/{invitation}/accept"), Value::Null).await.expect_status(200);
    assert_ne!(accepted.text_at("/member/id"), before, "a new time in the organization is a new membership");
    assert_eq!(accepted.text_at("/member/role"), "issuer");
    bob.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    let old = ada.get(&format!("/v1/orgs/{org}/members/{before}")).await.expect_status(200);
    assert_eq!(old.text_at("/status"), "removed");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_removes_only_the_roles_in_its_reach() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (carol, carol_id) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let ada_id = my_member_id(&ada, &org).await;
    let path = |id: &str| format!("/v1/orgs/{org}/members/{id}");
    let out_of_reach = bob.delete(&path(&ada_id), Value::Null).await;
    expect![[r#"
        403
        content-type: application/problem+json
        {
          "action": "remove",
          "code": "role_out_of_reach",
          "detail": "Your role admin may not remove owner. Ask somebody whose role may.",
          "request_id": "[request]",
          "role": "admin",
          "status": 403,
          "target_role": "owner",
          "title": "Your role does not reach that role",
          "type": "/problems/role_out_of_reach"
        }"#]]
    .assert_eq(&shown(&out_of_reach));
    bob.delete(&path(&bob_id), Value::Null).await.expect_problem(403, "role_out_of_reach");
    ada.delete(&path(&ada_id), Value::Null).await.expect_problem(403, "role_out_of_reach");
    let refused = carol.delete(&path(&bob_id), Value::Null).await.expect_problem(403, "forbidden");
    assert_eq!(refused.json()["permission"], "member.remove");
    carol.delete(&path(&carol_id), Value::Null).await.expect_problem(403, "forbidden");
    bob.delete(&path(&carol_id), Value::Null).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_here_cannot_be_removed_from_here() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    let (_, in_beta) = ada.bring_in(&beta, "bob@example.com", "viewer").await;
    let invitation = ada.invite(&acme, "carol@example.com", "viewer").await;
    for wrong in [in_beta.as_str(), NO_MEMBER, "x", &invitation] {
        ada.delete(&format!("/v1/orgs/{acme}/members/{wrong}"), Value::Null).await.expect_problem(404, "not_found");
    }
    let eve = app.sign_in("eve@example.com").await;
    eve.delete(&format!("/v1/orgs/{beta}/members/{in_beta}"), Value::Null).await.expect_problem(404, "not_found");
    let anyone = app.anyone();
    anyone
        .delete(&format!("/v1/orgs/{beta}/members/{in_beta}"), Value::Null)
        .await
        .expect_problem(401, "unauthenticated");
    app.finish().await;
}
