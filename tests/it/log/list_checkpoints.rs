use expect_test::expect;
use latchkey_testkit::{TestApp, Value};

use super::support::{grow, sign};
use crate::support::{pages, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkpoints_are_listed_the_newest_first() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/log/checkpoints");
    assert_eq!(ada.get(&path).await.expect_status(200).data(), Vec::<Value>::new());
    let mut notes = Vec::new();
    for _ in 0..5 {
        notes.insert(0, sign(&ada, &org).await);
        grow(&ada, &org, 1).await;
    }
    let listed = pages(&ada, &path, 2).await;
    assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let listed: Vec<Value> = listed.concat();
    assert_eq!(texts(&listed, "note"), notes);
    assert_eq!(listed.iter().map(|entry| entry["size"].as_u64().unwrap()).collect::<Vec<_>>(), [6, 5, 4, 3, 2]);
    let names: Vec<&String> = listed[0].as_object().unwrap().keys().collect();
    expect![[r#"["created_at", "note", "root_hash", "size"]"#]].assert_eq(&format!("{names:?}"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_needs_the_right_to_read_the_log() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let path = format!("/v1/orgs/{org}/log/checkpoints");
    viewer.get(&path).await.expect_problem(403, "forbidden");
    ada.get(&format!("{path}?limit=0")).await.expect_problem(422, "invalid_request");
    ada.get(&format!("{path}?cursor=x")).await.expect_problem(422, "bad_cursor");
    app.finish().await;
}
