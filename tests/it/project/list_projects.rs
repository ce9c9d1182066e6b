use expect_test::expect;
use latchkey_testkit::{TestApp, json, shown};

use super::Site;
use crate::support::{accept, pages, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_see_all_projects_and_others_their_own() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let mill = site.ada.create_project(&site.org, "Mill").await;
    site.ada.create_project(&site.org, "Loom").await;
    let path = format!("/v1/orgs/{}/projects", site.org);
    let viewer = site.member("vic@example.com", "viewer").await;
    let all = viewer.get(&path).await.expect_status(200).data();
    assert_eq!(texts(&all, "name"), ["Engine", "Mill", "Loom"]);
    assert_eq!(texts(&all, "my_role"), ["viewer"; 3]);
    let (guest, _) = site.guest("guest@example.com", "developer").await;
    expect![[r#"
        200
        {
          "data": [
            {
              "created_at": "[time]",
              "id": "prj#1",
              "member_count": 1,
              "my_role": "developer",
              "name": "Engine",
              "pending_invitation_count": 0
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&guest.get(&path).await));
    site.ada.invite_into(&site.org, &mill, "guest@example.com", "viewer").await;
    accept(&guest, &app.anyone().mailed_token("guest@example.com").await).await.expect_status(200);
    let own = pages(&guest, &path, 1).await.concat();
    assert_eq!(
        (texts(&own, "name"), texts(&own, "my_role")),
        (vec!["Engine".to_owned(), "Mill".to_owned()], vec!["developer".to_owned(), "viewer".to_owned()])
    );
    guest.post(&format!("{}/leave", site.path), json!(null)).await.expect_status(204);
    guest.post(&format!("{path}/{mill}/leave"), json!(null)).await.expect_status(204);
    guest.get(&path).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_neither_repeat_nor_miss_a_project() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    for n in 0..6 {
        site.ada.create_project(&site.org, &format!("Project {n}")).await;
    }
    let path = format!("/v1/orgs/{}/projects", site.org);
    let whole = texts(&site.ada.get(&path).await.expect_status(200).data(), "id");
    assert_eq!(whole.len(), 7);
    for limit in [1, 3, 7] {
        let walked = pages(&site.ada, &path, limit).await;
        assert_eq!(texts(&walked.concat(), "id"), whole);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_without_projects_and_strangers_list_none() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let path = format!("/v1/orgs/{}/projects", site.org);
    let billing = site.member("bill@example.com", "billing_manager").await;
    let refused = billing.get(&path).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "project.read");
    app.sign_in("eve@example.com").await.get(&path).await.expect_problem(404, "not_found");
    app.anyone().get(&path).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
