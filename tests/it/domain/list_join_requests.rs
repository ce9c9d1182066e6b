use latchkey_testkit::{TestApp, Value, json};

use super::{join, organization, scene};
use crate::support::{pages, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_ask_are_listed_the_newest_first_and_by_status() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let scene = scene(&app, &ada, &org).await;
    join(&scene.other, &org).await.expect_status(200);
    let path = format!("/v1/orgs/{org}/join-requests");
    let listed = ada.get(&path).await.expect_status(200).data();
    assert_eq!(texts(&listed, "email"), ["hugo@acme.example", "grace@acme.example"]);
    let grace = &listed[1];
    assert_eq!(
        (&grace["id"], &grace["domain"], &grace["role"]),
        (&json!(scene.request), &json!("acme.example"), &json!("viewer"))
    );
    assert_eq!(pages(&ada, &path, 1).await.len(), 2);
    ada.post(&format!("{path}/{}/decline", scene.request), Value::Null).await.expect_status(200);
    for (status, emails) in
        [("open", vec!["hugo@acme.example"]), ("declined", vec!["grace@acme.example"]), ("joined", vec![])]
    {
        let listed = ada.get(&format!("{path}?status={status}")).await.expect_status(200).data();
        assert_eq!(texts(&listed, "email"), emails, "{status}");
    }
    let (viewer, _) = ada.bring_in(&org, "vera@example.com", "viewer").await;
    viewer.get(&path).await.expect_problem(403, "forbidden");
    app.finish().await;
}
