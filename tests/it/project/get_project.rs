use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use super::Site;
use crate::support::{NO_PROJECT, accept};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_in_it_sees_the_project_with_their_own_role() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let (guest, _) = site.guest("guest@example.com", "viewer").await;
    site.ada.invite_into(&site.org, &site.project, "later@example.com", "developer").await;
    expect![[r#"
        200
        {
          "created_at": "[time]",
          "id": "prj#1",
          "member_count": 1,
          "my_role": "viewer",
          "name": "Engine",
          "pending_invitation_count": 1
        }"#]]
    .assert_eq(&shown(&guest.get(&site.path).await));
    let seen = site.ada.get(&site.path).await.expect_status(200).json();
    assert_eq!(seen["my_role"], "administrator");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_in_one_project_sees_nothing_else_of_the_organization() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let (guest, guest_id) = site.guest("guest@example.com", "developer").await;
    let other = site.ada.create_project(&site.org, "Mill").await;
    let (_, there) = site.ada.bring_into(&site.org, &other, "there@example.com", "viewer").await;
    let (org, path, project) = (&site.org, &site.path, &site.project);
    guest.get(path).await.expect_status(200);
    let (name, role) = (json!({"name": "Mine"}), json!({"role": "viewer"}));
    let invite = json!({"email": "friend@example.com", "role": "viewer"});
    for (method, path, body) in [
        ("GET", format!("/v1/orgs/{org}"), Value::Null),
        ("PATCH", format!("/v1/orgs/{org}"), name.clone()),
        ("DELETE", format!("/v1/orgs/{org}"), json!({"name": "Acme"})),
        ("GET", format!("/v1/orgs/{org}/members"), Value::Null),
        ("GET", format!("/v1/orgs/{org}/invitations"), Value::Null),
        ("POST", format!("/v1/orgs/{org}/invitations"), invite.clone()),
        ("GET", format!("/v1/orgs/{org}/audit"), Value::Null),
        ("POST", format!("/v1/orgs/{org}/leave"), Value::Null),
        ("POST", format!("/v1/orgs/{org}/projects"), name.clone()),
        ("GET", format!("/v1/orgs/{org}/projects/{other}"), Value::Null),
        ("GET", format!("/v1/orgs/{org}/projects/{other}/members"), Value::Null),
        ("POST", format!("/v1/orgs/{org}/projects/{other}/leave"), Value::Null),
        // What belongs to the organization, its people and its projects, is not handled from within one of them.
        ("PATCH", path.clone(), name),
        ("DELETE", path.clone(), json!({"name": "Engine"})),
        ("POST", format!("{path}/invitations"), invite),
        ("PUT", format!("{path}/members/{guest_id}/role"), role.clone()),
        ("PUT", format!("/v1/orgs/{org}/projects/{other}/members/{there}/role"), role),
        ("DELETE", format!("{path}/members/{guest_id}"), Value::Null),
    ] {
        let refused = guest.request(method, &path).json(&body).send().await.expect_problem(404, "not_found");
        assert_eq!(refused.text_at("/what"), "organization", "{method} {path}");
    }
    assert_eq!(guest.get("/v1/orgs").await.expect_status(200).data(), [Value::Null; 0]);
    // Nor is another organization's project found by the way of one's own.
    let elsewhere = guest.create_org_with("Elsewhere", "platform").await;
    guest.get(&format!("/v1/orgs/{elsewhere}/projects/{project}")).await.expect_problem(404, "not_found");
    guest.get(&format!("/v1/orgs/{elsewhere}/projects/{NO_PROJECT}")).await.expect_problem(404, "not_found");
    app.sign_in("eve@example.com").await.get(path).await.expect_problem(404, "not_found");
    app.anyone().get(path).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_without_projects_gets_one_by_being_let_into_it() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let billing = site.member("bill@example.com", "billing_manager").await;
    let refused = billing.get(&site.path).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "project.read");
    site.ada.invite_into(&site.org, &site.project, "bill@example.com", "viewer").await;
    let token = app.anyone().mailed_token("bill@example.com").await;
    let accepted = accept(&billing, &token).await.expect_status(200).json();
    assert_eq!(accepted["project_member"]["organization_role"], "billing_manager");
    let seen = billing.get(&site.path).await.expect_status(200).json();
    assert_eq!(seen["my_role"], "billing_manager");
    app.finish().await;
}
