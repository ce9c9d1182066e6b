//! Events about billing when something breaks on our side: what was acknowledged is kept, and what was kept is applied.

use std::net::SocketAddr;

use latchkey_testkit::signed::now_s;
use latchkey_testkit::{Caller, Fault, HostProcess, TestApp, Value, When, check_database, json};
use tempfile::TempDir;
use tokio::sync::mpsc;

const KILLS: i64 = 10;

fn event(id: &str, org: &str, at_s: i64, seats: i64) -> Value {
    json!({
        "id": id, "object": "event", "type": "customer.subscription.updated", "created": at_s,
        "data": {"object": {
            "id": "sub_1", "customer": "cus_1", "status": "active", "created": 1000, "metadata": {"org": org},
            "items": {"data": [{"price": {"id": "price_team", "product": "prod_team"}, "quantity": seats}]},
        }},
    })
}

async fn usage(owner: &Caller, org: &str) -> String {
    owner.get(&format!("/v1/orgs/{org}/seats")).await.expect_status(200).text_at("/text")
}

/// Whatever the sender does then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_is_applied_though_applying_it_failed() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    for (n, statement) in ["FROM billing_payer", "INSERT INTO append"].into_iter().enumerate() {
        let n = i64::try_from(n).unwrap();
        let id = format!("evt_{n}");
        let when = When::nth(1).containing(statement).in_request(&id);
        app.faults().inject(when, Fault::Error("disk I/O error".to_owned()));
        let sent =
            app.anyone().request("POST", "/v1/hooks/billing").of_stripe(&event(&id, &org, now_s() - 9 + n, 7 + n));
        sent.header("x-test-id", &id).send().await.expect_problem(503, "store_unavailable");
        assert_eq!(app.faults().pending(), 0);
        assert_eq!(app.count(&format!("SELECT count(*) FROM hook_event WHERE id = '{id}'")), 1);
        assert_ne!(usage(&ada, &org).await, format!("1/{}", 7 + n));
        app.dispatch().await;
        assert_eq!(usage(&ada, &org).await, format!("1/{}", 7 + n));
    }
    app.finish().await;
}

/// A sender who repeats what was not acknowledged, as senders do.
async fn send_on_and_on(
    addr: SocketAddr,
    org: String,
    (since_s, mut next): (i64, i64),
    told: mpsc::UnboundedSender<i64>,
) -> i64 {
    loop {
        let event = event(&format!("evt_{next}"), &org, since_s + next, next);
        let caller = Caller::anyone(addr).request("POST", "/v1/hooks/billing").of_stripe(&event);
        let Ok(answer) = caller.try_send().await else { return next };
        let outcome = answer.expect_status(200).text_at("/outcome");
        assert!(["applied", "repeated"].contains(&outcome.as_str()), "{outcome}");
        let _ = told.send(next);
        next += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_lose_no_event_that_was_acknowledged_and_apply_none_by_half() {
    let state = TempDir::new().expect("a temporary folder");
    let database = state.path().join("sqlite_db.db");
    let host = HostProcess::start(state.path()).await;
    let ada = host.anyone().sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    host.kill().await;
    let (since_s, mut next, mut acknowledged) = (now_s() - 1000, 10, 0);
    for kill in 0..KILLS {
        let host = HostProcess::start(state.path()).await;
        let (told, mut acknowledgements) = mpsc::unbounded_channel();
        let sender = tokio::spawn(send_on_and_on(host.addr(), org.clone(), (since_s, next), told));
        for _ in 0..2 + kill * 3 % 5 {
            acknowledged = acknowledgements.recv().await.expect("the sender goes on");
        }
        host.kill().await;
        next = sender.await.expect("its end");
        while let Some(more) = acknowledgements.recv().await {
            acknowledged = more;
        }
        check_database(&database);
        // What was acknowledged is what the organization has, unless more has come in and was not acknowledged.
        let host = HostProcess::start(state.path()).await;
        let has = usage(&ada.clone().at(host.addr()), &org).await;
        let seats: i64 = has.trim_start_matches("1/").parse().expect("a number");
        assert!((acknowledged..=next).contains(&seats), "{seats} of {acknowledged} to {next}");
        host.kill().await;
    }
    let host = HostProcess::start(state.path()).await;
    let last = event(&format!("evt_{next}"), &org, since_s + next, next);
    host.anyone().request("POST", "/v1/hooks/billing").of_stripe(&last).send().await.expect_status(200);
    assert_eq!(usage(&ada.clone().at(host.addr()), &org).await, format!("1/{next}"));
}
