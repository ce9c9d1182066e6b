//! `kill -9` around mail: whatever moment it meets, every mail arrives, and what arrives twice can be told by its id.

use std::collections::BTreeSet;
use std::time::Duration;

use latchkey_testkit::{DISPATCH_TOKEN, HostProcess, Reaction, Receiver, Value, check_database};
use tempfile::TempDir;

use crate::delivering::kill_in_the_middle;

const MAILS: usize = 40;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_mail_is_lost_whenever_the_host_is_killed_and_a_repetition_has_the_same_id() {
    let receiver = Receiver::start(|_, _| Reaction::Wait(Duration::from_millis(30))).await;
    let url = receiver.url("/mail");
    let variables = [
        ("mail_provider", "hook"),
        ("mail_url", url.as_str()),
        ("mail_key", SECRET),
        ("mail_from", "hello@acme.example"),
    ];
    let state = TempDir::new().expect("a temporary folder");
    let database = state.path().join("sqlite_db.db");

    // Between the change and its delivery.
    let host = HostProcess::start_with(state.path(), &variables).await;
    let ada = host.anyone().sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let mut expected = BTreeSet::new();
    for n in 0..MAILS {
        let invitation = ada.invite(&org, &format!("p{n}@example.com"), "viewer").await;
        expected.insert(format!("invitation:{invitation}:1"));
    }
    host.kill().await;
    assert_eq!(receiver.received().len(), 0);

    kill_in_the_middle(state.path(), &variables, &receiver, "outbox").await;
    let host = HostProcess::start_with(state.path(), &variables).await;
    let dispatcher = host.anyone().bearer(DISPATCH_TOKEN);
    dispatcher.post("/v1/dispatch", Value::Null).await.expect_status(200);
    let received = receiver.received();
    let ids: Vec<&str> = received.iter().map(|request| request.header("webhook-id")).collect();
    let arrived: BTreeSet<String> =
        ids.iter().filter(|id| id.starts_with("invitation:")).map(|id| (*id).to_owned()).collect();
    assert_eq!(arrived, expected);
    assert!(ids.len() > MAILS, "no kill met a mail between its delivery and its record");
    host.kill().await;
    check_database(&database);
}
