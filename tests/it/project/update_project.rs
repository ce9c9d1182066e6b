use expect_test::expect;
use latchkey_testkit::{TestApp, json, shown};

use super::Site;
use crate::support::NO_PROJECT;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_is_renamed_and_the_same_name_again_changes_nothing() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let dev = site.member("dev@example.com", "developer").await;
    let renamed = dev.patch(&site.path, json!({"name": "Mill"})).await;
    expect![[r#"
        200
        etag: "7"
        {
          "created_at": "[time]",
          "id": "prj#1",
          "member_count": 0,
          "my_role": "developer",
          "name": "Mill",
          "pending_invitation_count": 0
        }"#]]
    .assert_eq(&shown(&renamed));
    let again = dev.patch(&site.path, json!({"name": "Mill"})).await.expect_status(200);
    assert_eq!(again.text, renamed.text);
    let events = site.ada.audit(&site.org).await;
    let renamed: Vec<_> = events.iter().filter(|event| event["type"] == "project.renamed").collect();
    assert_eq!(renamed.len(), 1);
    assert_eq!(renamed[0]["data"], json!({"name": "Mill", "was": "Engine"}));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renaming_needs_the_right_and_a_project() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let viewer = site.member("vic@example.com", "viewer").await;
    let name = json!({"name": "Mill"});
    let refused = viewer.patch(&site.path, name.clone()).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "project.manage");
    let nowhere = format!("/v1/orgs/{}/projects/{NO_PROJECT}", site.org);
    let missing = site.ada.patch(&nowhere, name.clone()).await.expect_problem(404, "not_found");
    assert_eq!(missing.text_at("/what"), "project");
    let stale = site.ada.request("PATCH", &site.path).header("if-match", "\"1\"").json(&name);
    stale.send().await.expect_problem(412, "version_mismatch");
    app.finish().await;
}
