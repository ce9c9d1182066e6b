use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use super::Site;
use crate::support::{NO_PROJECT_MEMBER, my_member_id};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_role_takes_effect_at_once_and_the_same_again_changes_nothing() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let (guest, id) = site.guest("guest@example.com", "viewer").await;
    let path = format!("{}/members/{id}/role", site.path);
    let changed = site.ada.put(&path, json!({"role": "developer"})).await;
    expect![[r#"
        200
        etag: "7"
        {
          "display_name": null,
          "email": "guest@example.com",
          "id": "pmb#1",
          "joined_at": "[time]",
          "organization_role": null,
          "project_role": "developer",
          "role": "developer",
          "source": "project",
          "user_id": "usr#1"
        }"#]]
    .assert_eq(&shown(&changed));
    let again = site.ada.put(&path, json!({"role": "developer"})).await.expect_status(200);
    assert_eq!(again.text, changed.text);
    assert_eq!(guest.get(&site.path).await.expect_status(200).text_at("/my_role"), "developer");
    let events = site.ada.audit(&site.org).await;
    let changed: Vec<_> = events.iter().filter(|event| event["type"] == "project.member_role_changed").collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["data"], json!({"role": "developer", "was": "viewer"}));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn re_roling_needs_the_right_a_role_for_single_projects_and_somebody_who_is_there() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let (_, id) = site.guest("guest@example.com", "viewer").await;
    let path = format!("{}/members/{id}/role", site.path);
    let refused = site.ada.put(&path, json!({"role": "administrator"})).await.expect_problem(422, "unknown_role");
    assert_eq!(refused.json()["known"], json!(["developer", "viewer"]));
    let dev = site.member("dev@example.com", "developer").await;
    let refused = dev.put(&path, json!({"role": "developer"})).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "member.change_role");
    let member = my_member_id(&site.ada, &site.org).await;
    for wrong in [NO_PROJECT_MEMBER, &member, "x"] {
        let path = format!("{}/members/{wrong}/role", site.path);
        site.ada.put(&path, json!({"role": "viewer"})).await.expect_problem(404, "not_found");
    }
    // Somebody of another project is nobody here.
    let mill = site.ada.create_project(&site.org, "Mill").await;
    let elsewhere = format!("/v1/orgs/{}/projects/{mill}/members/{id}/role", site.org);
    site.ada.put(&elsewhere, json!({"role": "developer"})).await.expect_problem(404, "not_found");
    site.ada.delete(&format!("{}/members/{id}", site.path), Value::Null).await.expect_status(204);
    site.ada.put(&path, json!({"role": "developer"})).await.expect_problem(404, "not_found");
    app.finish().await;
}
