use expect_test::expect;
use latchkey_testkit::{TestApp, Value, shown};

use super::Site;
use crate::support::{accept, pages, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ones_single_projects_are_listed_across_organizations() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let (guest, _) = site.guest("guest@example.com", "developer").await;
    expect![[r#"
        200
        {
          "data": [
            {
              "id": "prj#1",
              "joined_at": "[time]",
              "name": "Engine",
              "organization": {
                "id": "org#1",
                "name": "Acme"
              },
              "project_member": "pmb#1",
              "role": "developer"
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&guest.get("/v1/me/projects").await));
    for name in ["Beta", "Gamma"] {
        let org = site.ada.create_org_with(name, "platform").await;
        let project = site.ada.create_project(&org, "Mill").await;
        site.ada.invite_into(&org, &project, "guest@example.com", "viewer").await;
        accept(&guest, &app.anyone().mailed_token("guest@example.com").await).await.expect_status(200);
    }
    let walked = pages(&guest, "/v1/me/projects", 1).await.concat();
    assert_eq!(texts(&walked, "name"), ["Engine", "Mill", "Mill"]);
    assert_eq!(texts(&walked, "role"), ["developer", "viewer", "viewer"]);
    // Members are in every project of theirs; this is the list of those that one is in by itself.
    assert_eq!(site.ada.get("/v1/me/projects").await.expect_status(200).data(), [Value::Null; 0]);
    app.anyone().get("/v1/me/projects").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
