//! `docs/webhooks.md`, followed from scratch.

use latchkey_testkit::{Value, json};

use super::{app, expect_signed, make, tell, willing};
use crate::support::{json_blocks, members};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_setup_page_works_as_it_is_written() {
    let page = include_str!("../../../docs/webhooks.md");
    let (_, rest) = page.split_once("-d '").expect("a request");
    let (body, _) = rest.split_once('\'').expect("its end");
    let mut body: Value = serde_json::from_str(body).expect("JSON");
    let (app, receiver) = (app().await, willing().await);
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    assert!(page.contains("https://latchkey.example/v1/orgs/$ORG/webhooks "));
    body["url"] = json!(receiver.url("/latchkey"));
    let (webhook, secret) = make(&ada, &org, body).await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
    ada.bring_in(&org, "grace@example.com", "viewer").await;
    tell(&app).await;
    // What arrives has the form that the page shows, and is what was asked for alone.
    let [message] = receiver.received().try_into().expect("one message");
    expect_signed(&message, &secret);
    let shown = json_blocks(page).remove(0);
    assert_eq!(members(&message.json()), members(&shown));
    assert_eq!(message.json()["type"], shown["type"]);
    for step in ["rotate", "test", "replay"] {
        assert!(page.contains(&format!("/{step}`")), "the page does not speak of {step}");
        let body = if step == "replay" { json!({"version": message.json()["data"]["version"]}) } else { json!({}) };
        let answer = ada.post(&format!("/v1/orgs/{org}/webhooks/{webhook}/{step}"), body).await;
        assert!(answer.status.is_success(), "{step}: {}", answer.status);
    }
    app.finish().await;
}
