use latchkey_testkit::TestApp;

use super::support::{grow, sign};
use crate::support::NO_ORG;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_checkpoint_is_the_note_itself() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/log/checkpoint");
    let refused = ada.get(&path).await.expect_problem(409, "not_yet_checkpointed");
    assert_eq!(refused.json()["size"], 0);
    for _ in 0..2 {
        let note = sign(&ada, &org).await;
        let newest = ada.get(&path).await.expect_status(200);
        assert_eq!(newest.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(newest.text, note);
        grow(&ada, &org, 1).await;
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_needs_the_right_to_read_the_log() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let path = format!("/v1/orgs/{org}/log/checkpoint");
    viewer.get(&path).await.expect_problem(403, "forbidden");
    ada.get(&format!("/v1/orgs/{NO_ORG}/log/checkpoint")).await.expect_problem(404, "not_found");
    app.anyone().get(&path).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
