use latchkey_testkit::{TestApp, Value};

use super::{join, organization, scene, told};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_turned_down_asks_no_more_and_can_be_invited() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let scene = scene(&app, &ada, &org).await;
    let path = format!("/v1/orgs/{org}/join-requests/{}/decline", scene.request);
    for _ in 0..2 {
        let declined = ada.post(&path, Value::Null).await.expect_status(200);
        assert_eq!(declined.text_at("/status"), "declined");
        assert!(declined.json()["ended_at"].is_string());
    }
    assert_eq!(ada.event_types(&org).await.iter().filter(|kind| *kind == "join_request.declined").count(), 1);
    assert_eq!(told(&app, "grace@acme.example").await, ["You are not let into Acme"]);
    join(&scene.asking, &org).await.expect_problem(409, "join_declined");
    let approve = format!("/v1/orgs/{org}/join-requests/{}/approve", scene.request);
    ada.post(&approve, Value::Null).await.expect_problem(409, "join_request_ended");
    ada.bring_back(&org, &scene.asking, "viewer").await;
    // Nobody who is in is turned down.
    let request = join(&scene.other, &org).await.expect_status(200).text_at("/request");
    ada.bring_back(&org, &scene.other, "viewer").await;
    let path = format!("/v1/orgs/{org}/join-requests/{request}/decline");
    ada.post(&path, Value::Null).await.expect_problem(409, "join_request_ended");
    app.finish().await;
}
