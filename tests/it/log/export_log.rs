use expect_test::expect;
use latchkey_testkit::{TestApp, redacted};

use super::support::{events, exported, grow, hex, leaf_of};
use crate::support::{NO_ORG, text, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_comes_with_everything_its_leaf_is_made_of() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "Böb@example.com", "viewer").await;
    grow(&ada, &org, 1).await;
    let events = events(&exported(&ada, &org).await);
    for event in &events {
        assert_eq!(hex(&leaf_of(event)), text(&event["leaf"]));
        assert_eq!(event["org"], org.as_str());
    }
    assert_eq!(events.iter().map(|event| event["version"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let names: Vec<&String> = events[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["actor", "at", "data", "data_hash", "id", "leaf", "org", "salt", "target", "type", "version"]);
    let data: serde_json::Value = serde_json::from_str(events[2]["data"].as_str().unwrap()).unwrap();
    expect![[r#"
        {
          "email": "Böb@example.com",
          "role": "viewer"
        }"#]]
    .assert_eq(&redacted(&serde_json::json!({"email": data["email"], "role": data["role"]})));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_goes_on_where_the_last_answer_ended() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    grow(&ada, &org, 3).await;
    let path = format!("/v1/orgs/{org}/log/export");
    let whole = ada.get(&path).await.expect_status(200);
    assert_eq!((whole.text.lines().count(), whole.header("link")), (5, None));
    let page = ada.get(&format!("{path}?after=1&limit=2")).await.expect_status(200);
    assert_eq!(page.header("link"), Some(format!("<{path}?after=3&limit=2>; rel=\"next\"").as_str()));
    assert_eq!(page.text, whole.text.lines().skip(1).take(2).map(|line| format!("{line}\n")).collect::<String>());
    let last = ada.get(&format!("{path}?after=3&limit=2")).await.expect_status(200);
    assert_eq!((last.text.lines().count(), last.header("link")), (2, None));
    let beyond = ada.get(&format!("{path}?after=5")).await.expect_status(200);
    assert_eq!((beyond.text.as_str(), beyond.header("link")), ("", None));
    assert_eq!(exported(&ada, &org).await, whole.text);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_needs_the_right_to_read_the_log() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/log/export");
    let wrong = wrong_fields(ada.get(&format!("{path}?after=-1&limit=1001&cursor=x")).await);
    assert_eq!(wrong, ["after out_of_range", "limit out_of_range", "cursor unknown"]);
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    viewer.get(&path).await.expect_problem(403, "forbidden");
    ada.get(&format!("/v1/orgs/{NO_ORG}/log/export")).await.expect_problem(404, "not_found");
    app.anyone().get(&path).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
