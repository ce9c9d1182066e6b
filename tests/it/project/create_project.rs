use expect_test::expect;
use latchkey_testkit::{TestApp, json, shown};

use super::Site;
use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_project_is_empty_and_every_member_is_in_it() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let viewer = site.member("vic@example.com", "viewer").await;
    let path = format!("/v1/orgs/{}/projects", site.org);
    let created = site.ada.post(&path, json!({"name": " Mill "})).await;
    expect![[r#"
        201
        etag: "7"
        location: /v1/orgs/org#1/projects/prj#1
        {
          "created_at": "[time]",
          "id": "prj#1",
          "member_count": 0,
          "my_role": "administrator",
          "name": "Mill",
          "pending_invitation_count": 0
        }"#]]
    .assert_eq(&shown(&created));
    let location = created.header("location").unwrap();
    let seen = viewer.get(location).await.expect_status(200).json();
    assert_eq!((&seen["name"], &seen["my_role"]), (&json!("Mill"), &json!("viewer")));
    let last = site.ada.audit(&site.org).await.pop().unwrap();
    assert_eq!((&last["type"], &last["target"]["type"]), (&json!("project.created"), &json!("project")));
    assert_eq!(last["data"], json!({"name": "Mill"}));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_role_that_manages_projects_creates_them() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let path = format!("/v1/orgs/{}/projects", site.org);
    let body = json!({"name": "Mill"});
    site.member("dev@example.com", "developer").await.post(&path, body.clone()).await.expect_status(201);
    for role in ["viewer", "billing_manager"] {
        let member = site.member(&format!("{role}@example.com"), role).await;
        let refused = member.post(&path, body.clone()).await.expect_problem(403, "forbidden");
        assert_eq!(refused.text_at("/permission"), "project.manage");
    }
    // A developer in one project makes no other.
    let (guest, _) = site.guest("guest@example.com", "developer").await;
    guest.post(&path, body.clone()).await.expect_problem(404, "not_found");
    app.sign_in("eve@example.com").await.post(&path, body).await.expect_problem(404, "not_found");
    for (body, wrong) in [
        (json!({}), "name required"),
        (json!({"name": " "}), "name invalid"),
        (json!({"name": "x".repeat(101)}), "name invalid"),
        (json!({"name": "Mill", "color": "red"}), "color unknown"),
    ] {
        assert_eq!(wrong_fields(site.ada.post(&path, body).await), [wrong]);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_policy_has_projects() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for policy in ["credentials", "portal", "studio", "themes"] {
        let org = ada.create_org_with(policy, policy).await;
        let project = ada.create_project(&org, "Engine").await;
        let path = format!("/v1/orgs/{org}/projects/{project}");
        ada.get(&path).await.expect_status(200);
        let body = json!({"email": "bob@example.com", "role": "viewer"});
        ada.post(&format!("{path}/invitations"), body).await.expect_problem(409, "guests_off");
    }
    app.finish().await;
}
