//! `kill -9` around webhooks: whatever moment it meets, every event arrives, and what arrives twice has the same id.

use std::collections::BTreeSet;
use std::time::Duration;

use latchkey_testkit::{DISPATCH_TOKEN, HostProcess, Reaction, Receiver, Value, check_database, json};
use tempfile::TempDir;

use crate::delivering::kill_in_the_middle;

const EVENTS: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_is_lost_to_a_webhook_whenever_the_host_is_killed() {
    let receiver = Receiver::start(|_, _| Reaction::Wait(Duration::from_millis(30))).await;
    let variables = [("dev_allow_private_targets", "true")];
    let state = TempDir::new().expect("a temporary folder");
    let database = state.path().join("sqlite_db.db");

    // Between the change and its delivery.
    let host = HostProcess::start_with(state.path(), &variables).await;
    let ada = host.anyone().sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let webhook = json!({"url": receiver.url("/")});
    ada.post(&format!("/v1/orgs/{org}/webhooks"), webhook).await.expect_status(201);
    for n in 0..EVENTS {
        ada.patch(&format!("/v1/orgs/{org}"), json!({"name": format!("N{n}")})).await.expect_status(200);
    }
    host.kill().await;
    assert_eq!(receiver.received().len(), 0);

    kill_in_the_middle(state.path(), &variables, &receiver, "webhook_delivery").await;
    let host = HostProcess::start_with(state.path(), &variables).await;
    let dispatcher = host.anyone().bearer(DISPATCH_TOKEN);
    dispatcher.post("/v1/dispatch", Value::Null).await.expect_status(200);
    let received = receiver.received();
    let ids: BTreeSet<&str> = received.iter().map(|request| request.header("webhook-id")).collect();
    let versions: BTreeSet<u64> =
        received.iter().map(|request| request.json()["data"]["version"].as_u64().expect("a version")).collect();
    assert_eq!(versions, (4..4 + EVENTS as u64).collect());
    assert_eq!(ids.len(), EVENTS, "a repetition has the id that it had");
    assert!(received.len() > EVENTS, "no kill met a message between its delivery and its record");
    host.kill().await;
    check_database(&database);
}
