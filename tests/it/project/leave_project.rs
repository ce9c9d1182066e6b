use latchkey_testkit::{TestApp, Value};

use super::Site;
use crate::support::accept;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_ends_ones_own_membership_of_the_project() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let (guest, _) = site.guest("guest@example.com", "viewer").await;
    let path = format!("{}/leave", site.path);
    guest.post(&path, Value::Null).await.expect_status(204);
    guest.get(&site.path).await.expect_problem(404, "not_found");
    guest.post(&path, Value::Null).await.expect_problem(404, "not_found");
    let last = site.ada.audit(&site.org).await.pop().unwrap();
    assert_eq!(
        (last["type"].as_str(), last["actor"]["email"].as_str()),
        (Some("project.member_left"), Some("guest@example.com"))
    );
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_of_the_organization_stays_in_its_projects() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let viewer = site.member("vic@example.com", "viewer").await;
    let path = format!("{}/leave", site.path);
    let refused = viewer.post(&path, Value::Null).await.expect_problem(404, "not_found");
    assert_eq!(refused.text_at("/what"), "member of the project");
    site.ada.invite_into(&site.org, &site.project, "vic@example.com", "developer").await;
    accept(&viewer, &app.anyone().mailed_token("vic@example.com").await).await.expect_status(200);
    viewer.post(&path, Value::Null).await.expect_status(204);
    assert_eq!(viewer.get(&site.path).await.expect_status(200).text_at("/my_role"), "viewer");
    app.sign_in("eve@example.com").await.post(&path, Value::Null).await.expect_problem(404, "not_found");
    app.finish().await;
}
