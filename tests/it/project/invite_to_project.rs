use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use super::Site;
use crate::support::{INVITATION_LIFETIME, NO_PROJECT, accept, texts, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_into_a_project_is_mailed_and_listed_with_it() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let body = json!({"email": "Guest@Example.com", "role": "developer"});
    let invited = site.ada.post(&format!("{}/invitations", site.path), body).await;
    expect![[r#"
        201
        etag: "4"
        location: /v1/orgs/org#1/invitations/inv#1
        {
          "email": "Guest@Example.com",
          "expires_at": "[time]",
          "id": "inv#1",
          "invited_at": "[time]",
          "invited_by": "mem#1",
          "mail": "queued",
          "mail_error": null,
          "project": "prj#1",
          "role": "developer",
          "sent_at": "[time]",
          "status": "pending"
        }"#]]
    .assert_eq(&shown(&invited));
    let mail = app.anyone().newest_mail("guest@example.com").await;
    expect!["ada@example.com invites you to the project Engine of Acme on Latchkey"]
        .assert_eq(mail["subject"].as_str().unwrap());
    assert!(
        mail["text"]
            .as_str()
            .unwrap()
            .starts_with("ada@example.com invites you to join the project Engine of Acme as Developer.\n")
    );
    let listed = site.ada.get(&format!("/v1/orgs/{}/invitations", site.org)).await.expect_status(200).data();
    assert_eq!(texts(&listed, "project"), [site.project.as_str()]);
    let project = site.ada.get(&site.path).await.expect_status(200).json();
    assert_eq!((&project["member_count"], &project["pending_invitation_count"]), (&json!(0), &json!(1)));
    let org = site.ada.get(&format!("/v1/orgs/{}", site.org)).await.expect_status(200).json();
    assert_eq!(org["pending_invitation_count"], 0, "nobody is on the way into the organization");
    let pending = site.ada.get(&format!("/v1/orgs/{}/members?status=pending", site.org)).await.expect_status(200);
    assert_eq!(pending.data(), [Value::Null; 0]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_invited_once_into_each_place() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let email = "guest@example.com";
    let first = site.ada.invite_into(&site.org, &site.project, email, "developer").await;
    let path = format!("{}/invitations", site.path);
    let again = site.ada.post(&path, json!({"email": "GUEST@example.com", "role": "viewer"})).await;
    assert_eq!(again.expect_problem(409, "already_invited").text_at("/invitation"), first);
    let mill = site.ada.create_project(&site.org, "Mill").await;
    site.ada.invite_into(&site.org, &mill, email, "viewer").await;
    site.ada.invite(&site.org, email, "viewer").await;
    let into_org = format!("/v1/orgs/{}/invitations", site.org);
    let again = site.ada.post(&into_org, json!({"email": email, "role": "viewer"}));
    again.await.expect_problem(409, "already_invited");
    // All three are accepted, each for itself.
    let guest = app.sign_in(email).await;
    let mine = guest.get("/v1/me/invitations").await.expect_status(200).data();
    assert_eq!(mine.len(), 3);
    for invitation in texts(&mine, "id") {
        guest.post(&format!("/v1/me/invitations/{invitation}/accept"), Value::Null).await.expect_status(200);
    }
    let body = json!({"email": email, "role": "viewer"});
    let member = site.ada.post(&path, body).await.expect_problem(409, "already_member").text_at("/member");
    assert!(member.starts_with("pmb_"), "{member}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_removed_or_let_the_time_pass_is_invited_again() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let (guest, id) = site.guest("guest@example.com", "viewer").await;
    site.ada.delete(&format!("{}/members/{id}", site.path), Value::Null).await.expect_status(204);
    guest.get(&site.path).await.expect_problem(404, "not_found");
    site.ada.invite_into(&site.org, &site.project, "guest@example.com", "developer").await;
    app.advance_clock(INVITATION_LIFETIME);
    // Past its time it stands in nobody's way, whether or not the log has said so.
    site.ada.invite_into(&site.org, &site.project, "guest@example.com", "developer").await;
    accept(&guest, &app.anyone().mailed_token("guest@example.com").await).await.expect_status(200);
    assert_eq!(guest.get(&site.path).await.expect_status(200).text_at("/my_role"), "developer");
    let types = site.ada.event_types(&site.org).await;
    assert_eq!(types.iter().filter(|kind| *kind == "invitation.expired").count(), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inviting_needs_the_right_over_a_role_for_single_projects() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let path = format!("{}/invitations", site.path);
    let body = |role: &str| json!({"email": "guest@example.com", "role": role});
    for role in ["administrator", "billing_manager", "king"] {
        let refused = site.ada.post(&path, body(role)).await.expect_problem(422, "unknown_role");
        assert_eq!(refused.json()["known"], json!(["developer", "viewer"]));
    }
    // Building a project is not choosing its people.
    let dev = site.member("dev@example.com", "developer").await;
    let refused = dev.post(&path, body("viewer")).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "member.invite");
    let nowhere = format!("/v1/orgs/{}/projects/{NO_PROJECT}/invitations", site.org);
    site.ada.post(&nowhere, body("viewer")).await.expect_problem(404, "not_found");
    let wrong = wrong_fields(site.ada.post(&path, json!({"email": "x", "role": "No"})).await);
    assert_eq!(wrong, ["email invalid", "role invalid"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_more_in_a_project_than_they_have_or_than_the_rules_still_give() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let rules = format!("/v1/orgs/{}/policy", site.org);
    let mut ours = site.ada.get(&rules).await.expect_status(200).json();
    ours["name"] = json!("ours");
    let viewer = &mut ours["roles"][3];
    assert_eq!(viewer["name"], "viewer");
    for right in ["member.invite", "member.change_role"] {
        viewer["permissions"].as_array_mut().unwrap().push(json!(right));
    }
    for list in ["invites", "changes_from", "changes_to"] {
        viewer[list] = json!(["developer", "billing_manager"]);
    }
    site.ada.put(&rules, ours.clone()).await.expect_status(200);
    let vic = site.member("vic@example.com", "viewer").await;
    let body = json!({"email": "guest@example.com", "role": "developer"});
    let path = format!("{}/invitations", site.path);
    let refused = vic.post(&path, body.clone()).await.expect_problem(403, "role_grants_more");
    assert_eq!(refused.json()["missing"], json!(["api.access", "api_key.create", "api_key.manage", "project.manage"]));
    let (_, id) = site.guest("other@example.com", "developer").await;
    let role = json!({"role": "developer"});
    vic.put(&format!("{}/members/{id}/role", site.path), role).await.expect_problem(403, "role_grants_more");
    // A role that is no longer one for single projects lets nobody in, even where it was promised.
    site.ada.delete(&format!("{}/members/{id}", site.path), Value::Null).await.expect_status(204);
    site.ada.post(&path, body).await.expect_status(201);
    ours["projects"]["guest_roles"] = json!(["billing_manager"]);
    site.ada.put(&rules, ours).await.expect_status(200);
    let token = app.anyone().mailed_token("guest@example.com").await;
    accept(&app.anyone(), &token).await.expect_problem(409, "inviter_lost_right");
    app.finish().await;
}
