use std::time::Duration;

use latchkey_delivery::signature::SigningSecret;
use latchkey_testkit::json;

use super::{expect_signed, scene, tell, webhooks};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_secrets_sign_while_they_overlap_and_then_the_new_one_alone() {
    let (app, receiver, ada, org, webhook, old) = scene().await;
    let rotate = format!("{}/{webhook}/rotate", webhooks(&org));
    let rotated = ada.post(&rotate, json!({"overlap_s": 3600})).await.expect_status(200);
    let new = SigningSecret::parse(&rotated.text_at("/secret")).expect("a secret");
    let path = format!("/v1/orgs/{org}");
    let rename = |name: &'static str| ada.patch(&path, json!({ "name": name }));
    rename("Both").await.expect_status(200);
    tell(&app).await;
    app.advance_clock(Duration::from_secs(3601));
    rename("New").await.expect_status(200);
    tell(&app).await;
    let [both, alone] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
    expect_signed(both, &old);
    expect_signed(both, &new);
    expect_signed(alone, &new);
    assert_eq!((signatures(both), signatures(alone)), (2, 1));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_overlap_a_secret_that_leaked_signs_nothing_more() {
    let (app, receiver, ada, org, webhook, old) = scene().await;
    let rotated = ada.post(&format!("{}/{webhook}/rotate", webhooks(&org)), json!({"overlap_s": 0})).await;
    let new = SigningSecret::parse(&rotated.expect_status(200).text_at("/secret")).expect("a secret");
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
    tell(&app).await;
    let [message] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
    expect_signed(message, &new);
    assert_eq!(signatures(message), 1);
    let at = message.header("webhook-timestamp").parse().unwrap();
    let signature = message.header("webhook-signature");
    assert!(!old.verifies(signature, message.header("webhook-id"), at, &message.body));
    app.finish().await;
}

fn signatures(message: &latchkey_testkit::Received) -> usize {
    message.header("webhook-signature").split(' ').count()
}
