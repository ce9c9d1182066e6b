use expect_test::expect;
use latchkey_testkit::{TestApp, json, shown};

use super::Site;
use crate::support::{accept, pages, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_listed_once_with_where_their_role_is_from() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let viewer = site.member("vic@example.com", "viewer").await;
    let (guest, _) = site.guest("guest@example.com", "viewer").await;
    guest.patch("/v1/me", json!({"display_name": "Guest"})).await.expect_status(200);
    // A member who has another role in this project besides.
    site.ada.invite_into(&site.org, &site.project, "vic@example.com", "developer").await;
    accept(&viewer, &app.anyone().mailed_token("vic@example.com").await).await.expect_status(200);
    let path = format!("{}/members", site.path);
    expect![[r#"
        200
        {
          "data": [
            {
              "display_name": "Guest",
              "email": "guest@example.com",
              "id": "pmb#1",
              "joined_at": "[time]",
              "organization_role": null,
              "project_role": "viewer",
              "role": "viewer",
              "source": "project",
              "user_id": "usr#1"
            },
            {
              "display_name": null,
              "email": "vic@example.com",
              "id": "pmb#2",
              "joined_at": "[time]",
              "organization_role": "viewer",
              "project_role": "developer",
              "role": "developer",
              "source": "project",
              "user_id": "usr#2"
            },
            {
              "display_name": null,
              "email": "ada@example.com",
              "id": "mem#1",
              "joined_at": "[time]",
              "organization_role": "administrator",
              "project_role": null,
              "role": "administrator",
              "source": "organization",
              "user_id": "usr#3"
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&viewer.get(&path).await));
    // Whoever is in the project only sees who else was let into it, and nothing of the organization.
    let seen = guest.get(&path).await.expect_status(200).data();
    assert_eq!(texts(&seen, "email"), ["guest@example.com", "vic@example.com"]);
    assert!(seen.iter().all(|member| member["organization_role"].is_null()), "{seen:?}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_neither_repeat_nor_miss_anybody() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    for n in 0..3 {
        site.member(&format!("member{n}@example.com"), "viewer").await;
        site.guest(&format!("guest{n}@example.com"), "viewer").await;
    }
    let path = format!("{}/members", site.path);
    let whole = texts(&site.ada.get(&path).await.expect_status(200).data(), "email");
    let expected = ["guest0", "guest1", "guest2", "ada", "member0", "member1", "member2"];
    assert_eq!(whole, expected.map(|name| format!("{name}@example.com")));
    for limit in [1, 2, 3, 4, 7] {
        let walked = pages(&site.ada, &path, limit).await;
        assert_eq!(texts(&walked.concat(), "email"), whole, "{limit}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_who_are_in_it_read_the_list() {
    let app = TestApp::start().await;
    let site = Site::new(&app).await;
    let path = format!("{}/members", site.path);
    // Whoever may not look at projects is not told who works in them beside the organization's members.
    let billing = site.member("bill@example.com", "billing_manager").await;
    let refused = billing.get(&path).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "project.read");
    app.sign_in("eve@example.com").await.get(&path).await.expect_problem(404, "not_found");
    app.anyone().get(&path).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
