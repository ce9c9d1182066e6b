//! `kill -9` around mail: whatever moment it meets, every mail arrives, and what arrives twice can be told by its id.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use latchkey_ops::sqlite::SqliteDb;
use latchkey_testkit::{DISPATCH_TOKEN, HostProcess, Reaction, Receiver, Value, check_database};
use tempfile::TempDir;

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

    // In the middle of deliveries: some handed over, some of those not yet written down.
    for kill in 0..3 {
        let host = HostProcess::start_with(state.path(), &variables).await;
        let before = receiver.received().len();
        let dispatcher = host.anyone().bearer(DISPATCH_TOKEN);
        let call = tokio::spawn(async move { dispatcher.request("POST", "/v1/dispatch").try_send().await.is_ok() });
        until(|| receiver.received().len() >= before + 3 + 4 * kill).await;
        host.kill().await;
        let _ = call.await;
        check_database(&database);
        // The minute for which they were taken passes.
        let db = SqliteDb::open(&database).expect("the database opens");
        db.run("UPDATE outbox SET next_at = 0 WHERE lease IS NOT NULL", Vec::new()).expect("time passes");
    }

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

pub(crate) async fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not happen");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
