use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, shown};

use crate::support::{INVITATION_LIFETIME, NO_INVITATION};

async fn accept(caller: &Caller, invitation: &str) -> Answer {
    caller.post(&format!("/v1/me/invitations/{invitation}/accept"), Value::Null).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepting_joins_and_accepting_again_says_so() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let invitation = ada.invite(&org, "BOB@example.com", "admin").await;
    let bob = app.sign_in("bob@example.com").await;
    bob.patch("/v1/me", json!({"display_name": "Bob"})).await.expect_status(200);
    bob.get(&format!("/v1/orgs/{org}")).await.expect_problem(404, "not_found");
    let accepted = accept(&bob, &invitation).await;
    expect![[r#"
        200
        etag: "5"
        {
          "member": {
            "billed_owner": false,
            "came_by": "invitation",
            "display_name": "Bob",
            "email": "bob@example.com",
            "expires_at": null,
            "id": "mem#1",
            "invited_at": null,
            "invited_by": null,
            "joined_at": "[time]",
            "last_active_at": "[time]",
            "licensed": false,
            "limits": {},
            "restrictions": null,
            "role": "admin",
            "status": "active",
            "tier": null,
            "user_id": "usr#1"
          },
          "organization": {
            "id": "org#1",
            "name": "Acme"
          },
          "outcome": "joined",
          "project": null,
          "project_member": null,
          "session": null
        }"#]]
    .assert_eq(&shown(&accepted));
    bob.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    let again = accept(&bob, &invitation).await.expect_status(200).json();
    assert_eq!(again["outcome"], "already_member");
    assert_eq!(again["member"], accepted.json()["member"]);
    assert_eq!(ada.event_types(&org).await.len(), 5, "the second click appended nothing");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_to_somebody_else_does_not_exist() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let invitation = ada.invite(&org, "bob@example.com", "viewer").await;
    let eve = app.sign_in("eve@example.com").await;
    for who in [&eve, &ada] {
        accept(who, &invitation).await.expect_problem(404, "not_found");
    }
    accept(&eve, NO_INVITATION).await.expect_problem(404, "not_found");
    accept(&eve, "inv_x").await.expect_problem(404, "not_found");
    accept(&eve, &org).await.expect_problem(404, "not_found");
    accept(&app.anyone(), &invitation).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_an_invitation_ends_has_its_own_answer() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let bob = app.sign_in("bob@example.com").await;
    let invite = async |name: &str| {
        let org = ada.create_org(name).await;
        let invitation = ada.invite(&org, "bob@example.com", "viewer").await;
        (org, invitation)
    };
    let (org, cancelled) = invite("Cancelled").await;
    ada.delete(&format!("/v1/orgs/{org}/invitations/{cancelled}"), Value::Null).await.expect_status(204);
    accept(&bob, &cancelled).await.expect_problem(410, "invitation_cancelled");

    let (_, declined) = invite("Declined").await;
    bob.post(&format!("/v1/me/invitations/{declined}/decline"), Value::Null).await.expect_status(204);
    accept(&bob, &declined).await.expect_problem(410, "invitation_declined");

    let (org, deleted) = invite("Deleted").await;
    ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Deleted"})).await.expect_status(204);
    accept(&bob, &deleted).await.expect_problem(410, "invitation_cancelled");

    let (org, left) = invite("Left").await;
    accept(&bob, &left).await.expect_status(200);
    bob.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    let used = accept(&bob, &left).await;
    expect![[r#"
        410
        content-type: application/problem+json
        {
          "code": "invitation_used",
          "detail": "This invitation is used. If it was you who accepted it, sign in with the address it was sent to.",
          "organization": "org#1",
          "request_id": "[request]",
          "status": 410,
          "title": "The invitation is used",
          "type": "/problems/invitation_used"
        }"#]]
    .assert_eq(&shown(&used));

    let (_, expired) = invite("Expired").await;
    app.advance_clock(INVITATION_LIFETIME);
    accept(&bob, &expired).await.expect_problem(410, "invitation_expired");
    app.dispatch().await;
    accept(&bob, &expired).await.expect_problem(410, "invitation_expired");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inviter_who_is_gone_no_longer_lets_anybody_in() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let invitation = bob.invite(&org, "carol@example.com", "viewer").await;
    bob.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    let carol = app.sign_in("carol@example.com").await;
    let refused = accept(&carol, &invitation).await;
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "inviter_lost_right",
          "detail": "Whoever invited you may no longer invite to this role. Ask the organization for a new invitation.",
          "request_id": "[request]",
          "status": 409,
          "title": "The inviter may no longer invite you",
          "type": "/problems/inviter_lost_right"
        }"#]]
    .assert_eq(&shown(&refused));
    app.finish().await;
}
