//! Events about users when something breaks on our side: what was acknowledged is kept, and what was kept comes to its end.

use std::net::SocketAddr;
use std::sync::OnceLock;

use latchkey_testkit::signed::now_s;
use latchkey_testkit::{Caller, DISPATCH_TOKEN, Fault, HostProcess, TestApp, Value, When, check_database, json};
use tempfile::TempDir;
use tokio::sync::mpsc;

const KILLS: i64 = 8;

/// The same whenever it is asked for: an event that is sent again says when it happened, not when it was sent.
fn message(kind: &str, n: i64) -> Value {
    static BASE_S: OnceLock<i64> = OnceLock::new();
    let user =
        json!({"sub": format!("u{n}"), "email": format!("u{n}@example.com"), "email_verified": true, "name": "Told"});
    let at = latchkey_api::Timestamp((*BASE_S.get_or_init(now_s) - 100 + i64::from(kind == "deleted")) * 1000);
    json!({"type": format!("user.{kind}"), "timestamp": at, "data": user})
}

/// Whatever the sender does then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_is_applied_though_applying_it_failed() {
    let app = TestApp::start().await;
    let accounts = |state: &str| app.count(&format!("SELECT count(*) FROM user WHERE deleted_at IS {state}"));
    for (n, statement) in ["FROM identity_news n LEFT JOIN", "INSERT INTO identity_account", "UPDATE identity_news"]
        .into_iter()
        .enumerate()
    {
        let n = i64::try_from(n).unwrap();
        let id = format!("msg_{n}");
        let when = When::nth(1).containing(statement).in_request(&id);
        app.faults().inject(when, Fault::Error("disk I/O error".to_owned()));
        let sent = app.anyone().request("POST", "/v1/hooks/identity").of_identity(&id, &message("created", n));
        sent.header("x-test-id", &id).send().await.expect_problem(503, "store_unavailable");
        assert_eq!(app.faults().pending(), 0);
        app.dispatch().await;
        assert_eq!(accounts("NULL"), n + 1);
        assert_eq!(app.count("SELECT count(*) FROM identity_news WHERE due_at IS NOT NULL"), 0);
    }
    let when = When::nth(1).containing("INSERT INTO append").in_request("gone");
    app.faults().inject(when, Fault::Error("disk I/O error".to_owned()));
    let sent = app.anyone().request("POST", "/v1/hooks/identity").of_identity("gone", &message("deleted", 0));
    sent.header("x-test-id", "gone").send().await.expect_problem(503, "store_unavailable");
    assert_eq!(accounts("NOT NULL"), 0);
    app.dispatch().await;
    assert_eq!(accounts("NOT NULL"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_whom_a_failure_kept_out_is_let_in_later_and_holds_up_nobody() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@acme.example").await;
    let org = ada.create_org("Acme").await;
    let claimed = json!({"domain": "acme.example", "auto_join": "automatic"});
    let claimed = ada.post(&format!("/v1/orgs/{org}/domains"), claimed).await.expect_status(201);
    app.resolver().set(&claimed.text_at("/record/name"), &[&claimed.text_at("/record/value")]);
    let verify = format!("/v1/orgs/{org}/domains/{}/verify", claimed.text_at("/id"));
    ada.post(&verify, Value::Null).await.expect_status(200);
    let of = |n: i64| {
        let mut message = message("created", n);
        message["data"]["email"] = json!(format!("u{n}@acme.example"));
        message
    };
    let when = |id: &str| When::nth(1).containing("INSERT INTO append").in_request(id);
    for (n, id) in [(1, "one"), (2, "two")] {
        app.faults().inject(when(id), Fault::Error("disk I/O error".to_owned()));
        let sent = app.anyone().request("POST", "/v1/hooks/identity").of_identity(id, &of(n));
        sent.header("x-test-id", id).send().await.expect_problem(503, "store_unavailable");
    }
    // The timer fails with one of them, and lets the other in.
    app.faults().inject(when("timer"), Fault::Error("disk I/O error".to_owned()));
    let timer = app.anyone().bearer(DISPATCH_TOKEN).request("POST", "/v1/dispatch").header("x-test-id", "timer");
    let settled = timer.send().await.expect_status(200).json()["identities_settled"].clone();
    let inside = || app.count("SELECT count(*) FROM member WHERE status = 'active'");
    assert_eq!((settled, inside()), (json!(1), 2));
    app.dispatch().await;
    assert_eq!(inside(), 3);
    app.finish().await;
}

/// A sender who repeats what was not acknowledged, as senders do: everybody is made, and everybody is deleted later.
async fn send_on_and_on(addr: SocketAddr, mut next: i64, told: mpsc::UnboundedSender<i64>) -> i64 {
    loop {
        let (kind, user) = if next % 3 == 2 { ("deleted", next - 2) } else { ("created", next) };
        let request = Caller::anyone(addr).request("POST", "/v1/hooks/identity");
        let Ok(answer) = request.of_identity(&format!("msg_{next}"), &message(kind, user)).try_send().await else {
            return next;
        };
        let outcome = answer.expect_status(200).text_at("/outcome");
        assert!(["applied", "repeated"].contains(&outcome.as_str()), "{outcome}");
        let _ = told.send(next);
        next += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_lose_no_user_that_was_acknowledged_and_leave_none_half_made() {
    let state = TempDir::new().expect("a temporary folder");
    let database = state.path().join("sqlite_db.db");
    let mut next = 0;
    for kill in 0..KILLS {
        let host = HostProcess::start(state.path()).await;
        let (told, mut acknowledgements) = mpsc::unbounded_channel();
        let sender = tokio::spawn(send_on_and_on(host.addr(), next, told));
        for _ in 0..2 + kill * 5 % 7 {
            acknowledgements.recv().await.expect("the sender goes on");
        }
        host.kill().await;
        next = sender.await.expect("its end");
        check_database(&database);
    }
    let host = HostProcess::start(state.path()).await;
    // The timer brings to its end what was kept and not acknowledged.
    host.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await.expect_status(200);
    host.kill().await;
    let db = latchkey_ops::sqlite::SqliteDb::open(&database).expect("the database opens");
    let count = |sql: &str| db.run(sql, Vec::new()).expect("a count")[0][0].clone();
    let zero = latchkey_store::db::Value::Integer(0);
    assert_eq!(count("SELECT count(*) FROM identity_news WHERE due_at IS NOT NULL"), zero);
    // Everybody whose event was acknowledged is there or gone, as it said; the last one may be either.
    for n in 0..next {
        let (made, gone) = (n % 3 != 2, n % 3 == 0 && n + 2 < next);
        let there = count(&format!("SELECT count(*) FROM user WHERE email_key = 'u{n}@example.com'"));
        if made && n + 3 < next {
            let expected = latchkey_store::db::Value::Integer(i64::from(!gone));
            assert_eq!(there, expected, "u{n} of {next}");
        }
    }
    let halves = "SELECT count(*) FROM user u WHERE u.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.user_id = u.id)";
    assert_eq!(count(halves), zero);
    check_database(&database);
}
