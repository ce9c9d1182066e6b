//! Webhooks, from the event to the receiver.

mod create_webhook;
mod delete_webhook;
mod get_webhook;
mod list_events;
mod list_webhook_deliveries;
mod list_webhooks;
mod reaching;
mod replay_webhook;
mod rotate_webhook;
mod setup;
mod telling;
mod test_webhook;
mod update_webhook;
mod verifying;

use latchkey_delivery::signature::SigningSecret;
use latchkey_testkit::{Caller, DISPATCH_TOKEN, Reaction, Received, Receiver, TestApp, Value, json};

/// An app whose webhooks may go to receivers of a test.
pub(crate) async fn app() -> TestApp {
    TestApp::start_with(|config| config.variable("dev_allow_private_targets", "true")).await
}

pub(crate) fn webhooks(org: &str) -> String {
    format!("/v1/orgs/{org}/webhooks")
}

/// A receiver that takes everything.
pub(crate) async fn willing() -> Receiver {
    Receiver::start(|_, _| Reaction::status(204)).await
}

/// A webhook: its id and what signs.
pub(crate) async fn make(caller: &Caller, org: &str, body: Value) -> (String, SigningSecret) {
    let made = caller.post(&webhooks(org), body).await.expect_status(201);
    (made.text_at("/id"), SigningSecret::parse(&made.text_at("/secret")).expect("a secret"))
}

/// Calls dispatch until nothing is left to do at this time; how many messages arrived, and how many did not.
pub(crate) async fn tell(app: &TestApp) -> (u64, u64) {
    let (mut sent, mut failed) = (0, 0);
    for _ in 0..100 {
        let done =
            app.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await.expect_status(200).json();
        sent += done["webhooks_sent"].as_u64().unwrap();
        failed += done["webhooks_failed"].as_u64().unwrap();
        if done["more"] == false {
            return (sent, failed);
        }
    }
    panic!("there is always more to do");
}

/// Fails unless the message is signed with that secret.
pub(crate) fn expect_signed(message: &Received, secret: &SigningSecret) {
    let at = message.header("webhook-timestamp").parse().expect("a time");
    let signatures = message.header("webhook-signature");
    assert!(secret.verifies(signatures, message.header("webhook-id"), at, &message.body), "{signatures}");
}

/// The types of the events that were received, in the order in which they happened.
pub(crate) fn types(receiver: &Receiver) -> Vec<String> {
    let mut told: Vec<Value> = receiver.received().iter().map(Received::json).collect();
    told.sort_by_key(|message| message["data"]["version"].as_u64());
    told.iter().map(|message| message["type"].as_str().unwrap().to_owned()).collect()
}

/// An app, a receiver, an owner with an organization, and its webhook that wants to hear of everything.
pub(crate) async fn scene() -> (TestApp, Receiver, Caller, String, String, SigningSecret) {
    let (app, receiver) = (app().await, willing().await);
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (webhook, secret) = make(&ada, &org, json!({"url": receiver.url("/hook")})).await;
    (app, receiver, ada, org, webhook, secret)
}
