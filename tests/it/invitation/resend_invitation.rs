use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, shown};

use crate::support::{DAY, INVITATION_LIFETIME, NO_INVITATION, accept};

async fn resend(caller: &Caller, org: &str, invitation: &str) -> Answer {
    caller.post(&format!("/v1/orgs/{org}/invitations/{invitation}/resend"), Value::Null).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_token_dies_when_the_invitation_is_sent_again() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let id = ada.invite(&org, "bob@example.com", "viewer").await;
    let anyone = app.anyone();
    let old = anyone.mailed_token("bob@example.com").await;
    let resent = resend(&ada, &org, &id).await;
    expect![[r#"
        200
        etag: "4"
        {
          "email": "bob@example.com",
          "expires_at": "[time]",
          "id": "inv#1",
          "invited_at": "[time]",
          "invited_by": "mem#1",
          "mail": "queued",
          "mail_error": null,
          "project": null,
          "role": "viewer",
          "sent_at": "[time]",
          "status": "pending"
        }"#]]
    .assert_eq(&shown(&resent));
    let new = anyone.mailed_token("bob@example.com").await;
    assert_ne!(old, new);
    let refused = accept(&anyone, &old).await;
    expect![[r#"
        404
        content-type: application/problem+json
        {
          "code": "invitation_unknown",
          "detail": "This invitation is not known. Use the link in the newest e-mail: an older one stops working when the invitation is sent again.",
          "request_id": "[request]",
          "status": 404,
          "title": "Unknown invitation",
          "type": "/problems/invitation_unknown"
        }"#]].assert_eq(&shown(&refused));
    anyone.post("/v1/invitations/preview", json!({ "token": old })).await.expect_problem(404, "invitation_unknown");
    anyone.post("/v1/invitations/decline", json!({ "token": old })).await.expect_problem(404, "invitation_unknown");
    let mails = anyone.mails("bob@example.com").await;
    assert_eq!(mails.len(), 2);
    assert!(mails[1]["token"].is_null(), "the mail of the dead token shows none: {}", mails[1]);
    accept(&anyone, &new).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sending_again_starts_the_invitations_life_anew() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let id = ada.invite(&org, "bob@example.com", "viewer").await;
    app.advance_clock(6 * DAY);
    resend(&ada, &org, &id).await.expect_status(200);
    app.advance_clock(6 * DAY);
    app.dispatch().await;
    accept(&app.anyone(), &app.anyone().mailed_token("bob@example.com").await).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_log_does_not_call_expired_yet_can_still_be_sent_again() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let id = ada.invite(&org, "bob@example.com", "viewer").await;
    app.advance_clock(INVITATION_LIFETIME);
    resend(&ada, &org, &id).await.expect_status(200);
    app.dispatch().await;
    accept(&app.anyone(), &app.anyone().mailed_token("bob@example.com").await).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_that_has_ended_stays_ended() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let token = async |email: &str| app.anyone().mailed_token(email).await;
    let used = ada.invite(&org, "used@example.com", "viewer").await;
    accept(&app.anyone(), &token("used@example.com").await).await.expect_status(200);
    let declined = ada.invite(&org, "declined@example.com", "viewer").await;
    let body = json!({"token": token("declined@example.com").await});
    app.anyone().post("/v1/invitations/decline", body).await.expect_status(204);
    let cancelled = ada.invite(&org, "cancelled@example.com", "viewer").await;
    ada.delete(&format!("/v1/orgs/{org}/invitations/{cancelled}"), Value::Null).await.expect_status(204);
    let expired = ada.invite(&org, "expired@example.com", "viewer").await;
    app.advance_clock(INVITATION_LIFETIME);
    app.dispatch().await;
    for (id, code) in [
        (&used, "invitation_used"),
        (&declined, "invitation_declined"),
        (&cancelled, "invitation_cancelled"),
        (&expired, "invitation_expired"),
    ] {
        resend(&ada, &org, id).await.expect_problem(410, code);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_organizations_own_invitations_are_sent_again_by_whoever_may() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    let in_acme = ada.invite(&acme, "bob@example.com", "admin").await;
    let (viewer, _) = ada.bring_in(&acme, "carol@example.com", "viewer").await;
    let refused = resend(&viewer, &acme, &in_acme).await.expect_problem(403, "forbidden");
    assert_eq!(refused.json()["permission"], "member.invite");
    for wrong in [in_acme.as_str(), NO_INVITATION, "x"] {
        resend(&ada, &beta, wrong).await.expect_problem(404, "not_found");
    }
    resend(&app.sign_in("eve@example.com").await, &acme, &in_acme).await.expect_problem(404, "not_found");
    resend(&app.anyone(), &acme, &in_acme).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
