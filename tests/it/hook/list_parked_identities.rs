use expect_test::expect;
use latchkey_testkit::{TestApp, json, shown};

use super::{IDENTITY, told, user};
use crate::support::pages;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_person_is_listed_with_what_they_are_in() {
    let app = TestApp::start().await;
    told(&app, "msg_1", "created", 0, user("u1", "ada@example.com")).await.expect_status(200);
    app.sign_in("ada@example.com").await.create_org("Acme").await;
    told(&app, "msg_2", "deleted", 1, json!({"sub": "u1"})).await.expect_status(200);
    expect![[r#"
        200
        {
          "data": [
            {
              "organizations": [
                "org#1"
              ],
              "parked_at": "[time]",
              "reason": "last_top_role_holder",
              "subject": "u1",
              "user": "usr#1"
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&app.operator().get(IDENTITY).await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_longest_waiting_come_first_by_pages() {
    let app = TestApp::start().await;
    for n in 0..5 {
        let (sub, email) = (format!("u{n}"), format!("p{n}@example.com"));
        told(&app, &format!("made_{n}"), "created", 0, user(&sub, &email)).await.expect_status(200);
        app.sign_in(&email).await.create_org("Acme").await;
        told(&app, &format!("gone_{n}"), "deleted", 1, json!({"sub": sub})).await.expect_status(200);
    }
    // News does not send anybody back to the end.
    told(&app, "again", "deleted", 2, json!({"sub": "u0"})).await.expect_status(200);
    let pages = pages(&app.operator(), IDENTITY, 2).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let subjects: Vec<_> = pages.iter().flatten().map(|it| it["subject"].as_str().unwrap().to_owned()).collect();
    assert_eq!(subjects, ["u0", "u1", "u2", "u3", "u4"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_for_the_operator() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    ada.get(IDENTITY).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
