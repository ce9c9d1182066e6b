use latchkey_testkit::{TestApp, Value, json};

use super::Site;
use crate::support::{accept, my_member_id};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_removed_is_a_stranger_at_once_and_removing_again_changes_nothing() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let (guest, id) = site.guest("guest@example.com", "viewer").await;
    for _ in 0..2 {
        site.ada.delete(&format!("{}/members/{id}", site.path), Value::Null).await.expect_status(204);
    }
    guest.get(&site.path).await.expect_problem(404, "not_found");
    let types = site.ada.event_types(&site.org).await;
    assert_eq!(types.iter().filter(|kind| *kind == "project.member_removed").count(), 1);
    assert_eq!(site.ada.get(&site.path).await.expect_status(200).json()["member_count"], 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removing_needs_the_right_and_reaches_nobody_else() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let (_, id) = site.guest("guest@example.com", "viewer").await;
    let dev = site.member("dev@example.com", "developer").await;
    let refused =
        dev.delete(&format!("{}/members/{id}", site.path), Value::Null).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "member.remove");
    // Members of the organization are removed from the organization, not from one of its projects.
    let member = my_member_id(&dev, &site.org).await;
    site.ada.delete(&format!("{}/members/{member}", site.path), Value::Null).await.expect_problem(404, "not_found");
    let mill = site.ada.create_project(&site.org, "Mill").await;
    let elsewhere = format!("/v1/orgs/{}/projects/{mill}/members/{id}", site.org);
    site.ada.delete(&elsewhere, Value::Null).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_removed_from_the_organization_is_out_of_its_projects() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let viewer = site.member("vic@example.com", "viewer").await;
    site.ada.invite_into(&site.org, &site.project, "vic@example.com", "developer").await;
    accept(&viewer, &app.anyone().mailed_token("vic@example.com").await).await.expect_status(200);
    let member = my_member_id(&viewer, &site.org).await;
    site.ada.delete(&format!("/v1/orgs/{}/members/{member}", site.org), Value::Null).await.expect_status(200);
    viewer.get(&site.path).await.expect_problem(404, "not_found");
    assert_eq!(viewer.get("/v1/me/projects").await.expect_status(200).data(), [json!(null); 0]);
    app.finish().await;
}
