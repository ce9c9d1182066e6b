use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use super::Site;
use crate::support::accept;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_project_takes_its_people_and_invitations_with_it() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let (guest, _) = site.guest("guest@example.com", "developer").await;
    let invitation = site.ada.invite_into(&site.org, &site.project, "late@example.com", "viewer").await;
    let token = app.anyone().mailed_token("late@example.com").await;
    // One into the organization is none of its business.
    site.ada.invite(&site.org, "late@example.com", "viewer").await;
    let tried = site.ada.request("DELETE", &format!("{}?dry_run=true", site.path)).json(&json!({"name": "Engine"}));
    expect![[r#"
        200
        {
          "consequences": {
            "invitations_cancelled": 1,
            "member_count_change": 0,
            "pending_invitation_count_change": 0,
            "project_members_removed": 1,
            "status": 204
          },
          "dry_run": true,
          "events": [
            "project.deleted"
          ]
        }"#]]
    .assert_eq(&shown(&tried.send().await));
    site.ada.delete(&site.path, json!({"name": "Engine"})).await.expect_status(204);
    for who in [&site.ada, &guest] {
        who.get(&site.path).await.expect_problem(404, "not_found");
    }
    assert_eq!(guest.get("/v1/me/projects").await.expect_status(200).data(), [Value::Null; 0]);
    accept(&app.anyone(), &token).await.expect_problem(410, "invitation_cancelled");
    let path = format!("/v1/orgs/{}/invitations", site.org);
    let listed = site.ada.get(&path).await.expect_status(200).data();
    let status = |id: &str| listed.iter().find(|entry| entry["id"] == id).unwrap()["status"].clone();
    assert_eq!(status(&invitation), "cancelled");
    assert_eq!(listed.iter().filter(|entry| entry["status"] == "pending").count(), 1);
    let projects = site.ada.get(&format!("/v1/orgs/{}/projects", site.org)).await.expect_status(200).data();
    assert_eq!(projects, [Value::Null; 0]);
    site.ada.delete(&site.path, json!({"name": "Engine"})).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_needs_the_right_and_the_name_to_the_letter() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    for wrong in ["engine", "Engine ", "", "Acme"] {
        site.ada.delete(&site.path, json!({"name": wrong})).await.expect_problem(422, "name_mismatch");
    }
    let viewer = site.member("vic@example.com", "viewer").await;
    let refused = viewer.delete(&site.path, json!({"name": "Engine"})).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "project.manage");
    let dev = site.member("dev@example.com", "developer").await;
    dev.delete(&site.path, json!({"name": "Engine"})).await.expect_status(204);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_organization_ends_its_projects() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let (guest, _) = site.guest("guest@example.com", "viewer").await;
    site.ada.delete(&format!("/v1/orgs/{}", site.org), json!({"name": "Acme"})).await.expect_status(204);
    guest.get(&site.path).await.expect_problem(404, "not_found");
    assert_eq!(guest.get("/v1/me/projects").await.expect_status(200).data(), [Value::Null; 0]);
    app.finish().await;
}
