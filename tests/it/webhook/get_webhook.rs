use expect_test::expect;
use latchkey_testkit::{Reaction, Receiver, json, redacted};

use crate::support::NO_WEBHOOK;

use super::{app, make, scene, tell, webhooks};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_shown_without_its_secret_and_to_those_who_manage_webhooks() {
    let (app, _, ada, org, webhook, _) = scene().await;
    let path = format!("{}/{webhook}", webhooks(&org));
    let shown = ada.get(&path).await.expect_status(200).json();
    expect![[r#""on""#]].assert_eq(&redacted(&shown["status"]));
    assert_eq!((&shown["secret"], &shown["failing_since"]), (&json!(null), &json!(null)));
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    viewer.get(&path).await.expect_problem(403, "forbidden");
    ada.get(&format!("{}/{NO_WEBHOOK}", webhooks(&org))).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_shows_since_when_nothing_arrives_until_something_does() {
    let receiver = Receiver::start(|n, _| Reaction::status(if n == 0 { 500 } else { 204 })).await;
    let app = app().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (webhook, _) = make(&ada, &org, json!({"url": receiver.url("/")})).await;
    let path = format!("{}/{webhook}", webhooks(&org));
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
    assert_eq!(tell(&app).await, (0, 1));
    assert!(ada.get(&path).await.expect_status(200).json()["failing_since"].is_string());
    app.advance_clock(std::time::Duration::from_secs(5));
    assert_eq!(tell(&app).await, (1, 0));
    assert!(ada.get(&path).await.expect_status(200).json()["failing_since"].is_null());
    app.finish().await;
}
