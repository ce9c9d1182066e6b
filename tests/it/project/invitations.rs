//! Invitations into projects in the hands of those they were sent to, and on the organization's own invitation routes.

use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use super::Site;
use crate::support::{INVITATION_LIFETIME, accept};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_alone_makes_the_account_and_lets_into_the_project_only() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    site.ada.invite_into(&site.org, &site.project, "Guest@Example.com", "viewer").await;
    let token = app.anyone().mailed_token("guest@example.com").await;
    let preview = app.anyone().post("/v1/invitations/preview", json!({ "token": token })).await;
    expect![[r#"
        200
        {
          "email": "Guest@Example.com",
          "expires_at": "[time]",
          "invited_by_name": null,
          "organization": {
            "id": "org#1",
            "name": "Acme"
          },
          "project": {
            "id": "prj#1",
            "name": "Engine"
          },
          "role": "viewer",
          "role_title": "Viewer",
          "sign_in_required": false,
          "status": "pending"
        }"#]]
    .assert_eq(&shown(&preview));
    let body = json!({"token": token, "display_name": "Guest"});
    let accepted = app.anyone().post("/v1/invitations/accept", body).await;
    expect![[r#"
        200
        etag: "6"
        set-cookie: latchkey_session=[lks token]; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax
        {
          "member": null,
          "organization": {
            "id": "org#1",
            "name": "Acme"
          },
          "outcome": "joined",
          "project": {
            "id": "prj#1",
            "name": "Engine"
          },
          "project_member": {
            "display_name": "Guest",
            "email": "Guest@Example.com",
            "id": "pmb#1",
            "joined_at": "[time]",
            "organization_role": null,
            "project_role": "viewer",
            "role": "viewer",
            "source": "project",
            "user_id": "usr#1"
          },
          "session": {
            "expires_at": "[time]",
            "token": "[lks token]"
          }
        }"#]]
    .assert_eq(&shown(&accepted));
    let guest = app.anyone().bearer(accepted.text_at("/session/token"));
    guest.get(&site.path).await.expect_status(200);
    guest.get(&format!("/v1/orgs/{}", site.org)).await.expect_problem(404, "not_found");
    let again = accept(&guest, &token).await.expect_status(200).json();
    assert_eq!(again["outcome"], "already_member");
    assert_eq!(again["project_member"], accepted.json()["project_member"]);
    accept(&app.anyone(), &token).await.expect_problem(410, "invitation_used");
    let org = site.ada.get(&format!("/v1/orgs/{}", site.org)).await.expect_status(200).json();
    assert_eq!(org["member_count"], 1);
    let events = site.ada.event_types(&site.org).await;
    assert_eq!(events[3..], ["invitation.created", "invitation.accepted", "project.member_joined"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_names_the_project_and_is_accepted_or_declined() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let guest = app.sign_in("guest@example.com").await;
    let invite = async || site.ada.invite_into(&site.org, &site.project, "guest@example.com", "viewer").await;
    let first = invite().await;
    expect![[r#"
        200
        {
          "data": [
            {
              "email": "guest@example.com",
              "expires_at": "[time]",
              "id": "inv#1",
              "invited_at": "[time]",
              "invited_by": "mem#1",
              "organization": {
                "id": "org#1",
                "name": "Acme"
              },
              "project": {
                "id": "prj#1",
                "name": "Engine"
              },
              "role": "viewer",
              "sent_at": "[time]",
              "status": "pending"
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&guest.get("/v1/me/invitations").await));
    guest.post(&format!("/v1/me/invitations/{first}/decline"), Value::Null).await.expect_status(204);
    guest
        .post(&format!("/v1/me/invitations/{first}/accept"), Value::Null)
        .await
        .expect_problem(410, "invitation_declined");
    let second = invite().await;
    let path = format!("/v1/me/invitations/{second}/accept");
    assert_eq!(guest.post(&path, Value::Null).await.expect_status(200).text_at("/project/name"), "Engine");
    assert_eq!(guest.post(&path, Value::Null).await.expect_status(200).text_at("/outcome"), "already_member");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_organizations_routes_resend_and_cancel_and_time_ends_them() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let path = |id: &str| format!("/v1/orgs/{}/invitations/{id}", site.org);
    let anyone = app.anyone();
    let id = site.ada.invite_into(&site.org, &site.project, "guest@example.com", "viewer").await;
    let old = anyone.mailed_token("guest@example.com").await;
    let resent = site.ada.post(&format!("{}/resend", path(&id)), Value::Null).await.expect_status(200);
    assert_eq!(resent.text_at("/project"), site.project);
    accept(&anyone, &old).await.expect_problem(404, "invitation_unknown");
    site.ada.delete(&path(&id), Value::Null).await.expect_status(204);
    let new = anyone.mailed_token("guest@example.com").await;
    accept(&anyone, &new).await.expect_problem(410, "invitation_cancelled");
    let pending = site.ada.get(&site.path).await.expect_status(200).json()["pending_invitation_count"].clone();
    assert_eq!(pending, 0);
    site.ada.invite_into(&site.org, &site.project, "late@example.com", "viewer").await;
    app.advance_clock(INVITATION_LIFETIME);
    app.dispatch().await;
    accept(&anyone, &anyone.mailed_token("late@example.com").await).await.expect_problem(410, "invitation_expired");
    let pending = site.ada.get(&site.path).await.expect_status(200).json()["pending_invitation_count"].clone();
    assert_eq!(pending, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inviter_without_the_right_lets_nobody_into_a_project_any_more() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let (bob, bob_id) = site.ada.bring_in(&site.org, "bob@example.com", "administrator").await;
    bob.invite_into(&site.org, &site.project, "guest@example.com", "viewer").await;
    let path = format!("/v1/orgs/{}/members/{bob_id}/role", site.org);
    site.ada.put(&path, json!({"role": "developer"})).await.expect_status(200);
    let token = app.anyone().mailed_token("guest@example.com").await;
    accept(&app.anyone(), &token).await.expect_problem(409, "inviter_lost_right");
    app.finish().await;
}
