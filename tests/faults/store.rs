//! The database fails, at every statement of every operation.

use std::time::Duration;

use latchkey_ops::sqlite::SqliteDb;
use latchkey_store::db::Value;
use latchkey_testkit::{Answer, Fault, Limits, TestApp, When, json};

use crate::operations::{self, Operation};

/// More statements than any operation has, the look at the schema of a fresh instance included, and one for each mail that is due.
const STATEMENTS_MAX: usize = 64;

/// What a statement's failure says; it must never be seen by a client.
const INTERNAL_TEXT: &str = "disk I/O error at sector 4711";

/// 503 with `Retry-After` and nothing of what happened inside.
#[track_caller]
fn expect_unavailable(answer: &Answer) {
    let answer = answer.clone().expect_problem(503, "store_unavailable");
    let retry_after = answer.header("retry-after").and_then(|text| text.parse().ok());
    assert_eq!(retry_after, Some(latchkey_api::limits::RETRY_AFTER_S), "{}", answer.asked);
    let shown = format!("{:?} {}", answer.headers, answer.text).to_lowercase();
    for word in ["sector", "sqlite", "disk", "database", "select", "insert"] {
        assert!(!shown.contains(word), "{}: {shown}", answer.asked);
    }
}

/// Every row of every table, but for the tries of a code: they are counted before the code is looked at.
fn state(app: &TestApp) -> String {
    let db = SqliteDb::open(&app.database_path()).expect("the database opens");
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'";
    let mut state = String::new();
    for table in db.run(tables, Vec::new()).expect("the tables") {
        let [Value::Text(table)] = table.as_slice() else { panic!("no name: {table:?}") };
        let columns = if table == "sign_in_code" { "id, email, expires_at, used_at" } else { "*" };
        let rows = db.run(&format!("SELECT {columns} FROM {table} ORDER BY 1, 2"), Vec::new()).expect("the rows");
        state.push_str(&format!("{table}: {rows:#?}\n"));
    }
    state
}

/// Lets the fault befall the first statement of the operation, then the second, and so on, until there is none left to
/// fail and the operation succeeds: the same request, which all the failures must have left possible.
async fn fail_every_statement(app: &TestApp, operation: &Operation, fault: &Fault) {
    let before = state(app);
    // From its second page on, an export's answer is on its way: see `an_export_that_cannot_go_on_breaks_off`.
    let is_streamed = !operation.route.media.is_empty();
    for nth in 1..=if is_streamed { 1 } else { STATEMENTS_MAX } {
        let test_id = format!("{} {nth} {fault:?}", operation.name());
        app.faults().inject(When::nth(nth).in_request(&test_id), fault.clone());
        let answer = operation.ask(&test_id).await;
        if app.faults().pending() > 0 {
            app.faults().clear();
            operation.expect_success(answer);
            assert!(nth > 1, "{} ran no statement", operation.name());
            return;
        }
        // What goes wrong with one mail keeps no other from its way, and is counted.
        let is_counted = || answer.json()["mails_failed"].as_u64().is_some_and(|failed| failed > 0);
        if !(operation.is_several_changes() && answer.status == 200 && is_counted()) {
            expect_unavailable(&answer);
        }
        if !operation.is_several_changes() {
            assert!(state(app) == before, "{test_id} left something behind");
        }
    }
    assert!(is_streamed, "{} runs more than {STATEMENTS_MAX} statements", operation.name());
}

/// Nobody takes the part for the whole: the connection ends without the end of the answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_that_cannot_go_on_breaks_off() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let items: Vec<_> = (0..1000).map(|_| json!({"type": "theme.download"})).collect();
    ada.post(&format!("/v1/orgs/{org}/activity"), json!({"items": items})).await.expect_status(200);
    let path = format!("/v1/orgs/{org}/audit/export");
    ada.get(&path).await.expect_status(200);
    for page in 1..=2_usize {
        let test_id = format!("page {page}");
        let fault = Fault::Error(INTERNAL_TEXT.to_owned());
        let when = When::nth(page).containing(r#""entries":"#).in_request(&test_id);
        app.faults().inject(when, fault);
        let mut begun = ada.request("GET", &path).header("x-test-id", &test_id).begin().await.unwrap();
        assert_eq!(begun.status, 200);
        let mut lines = 0;
        let end = loop {
            match begun.piece().await {
                Ok(Some(piece)) => lines += piece.iter().filter(|byte| **byte == b'\n').count(),
                end => break end,
            }
        };
        assert!(end.is_err(), "{test_id}: {end:?}");
        assert!(lines <= 1000 * (page - 1), "{test_id}: {lines}");
        assert_eq!(app.faults().pending(), 0, "{test_id}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_statement_of_any_operation_is_a_503_and_leaves_nothing_half_done() {
    let app = TestApp::start().await;
    let faults = [Fault::Error(INTERNAL_TEXT.to_owned()), Fault::DiskFull, Fault::DatabaseFull];
    for (n, fault) in faults.iter().enumerate() {
        for operation in operations::all(&app, &format!("f{n}")).await {
            fail_every_statement(&app, &operation, fault).await;
        }
    }
    app.finish().await;
}

/// The statement that changes something runs, and nobody hears of it: asked again with the same key, the answer is the
/// one that was lost, and the change is made once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_given_again_for_the_same_key() {
    let app = TestApp::start().await;
    let operations = operations::all(&app, "lost").await;
    let mut commands = 0;
    for operation in operations.into_iter().filter(|operation| operation.route.is_command()) {
        commands += 1;
        let key = format!("key-{}", operation.name());
        let operation = Operation { request: operation.request.header("idempotency-key", &key), ..operation };
        let lost = Fault::LostAnswer(INTERNAL_TEXT.to_owned());
        app.faults().inject(When::next().containing("INSERT INTO append").in_request("lost"), lost);
        expect_unavailable(&operation.ask("lost").await);
        assert_eq!(app.faults().pending(), 0, "{}", operation.name());

        let made = state(&app);
        // The session that would ask again is gone with the account.
        if operation.name() == "delete_me" {
            operation.ask("again").await.expect_problem(401, "unauthenticated");
            continue;
        }
        let again = operation.expect_success(operation.ask("again").await);
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{}", operation.name());
        let once_more = operation.expect_success(operation.ask("once more").await);
        assert_eq!(again.text, once_more.text);
        assert!(state(&app) == made, "{} was made twice", operation.name());
        let written = format!("SELECT count(*) FROM command WHERE idempotency_key = '{key}'");
        assert_eq!(app.count(&written), 1, "{}", operation.name());
    }
    assert!(commands >= 10, "{commands}");
    app.finish().await;
}

/// Signing in takes no key: whoever lost the answer asks for another code.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_session_is_replaced_by_another_code() {
    let app = TestApp::start().await;
    let started = app.anyone().post("/v1/auth/email", json!({"email": "ada@example.com"})).await.expect_status(202);
    let code = app.anyone().newest_mail("ada@example.com").await["code"].clone();
    let body = json!({"challenge": started.text_at("/challenge"), "code": code});
    app.faults().inject(When::next().containing("INSERT INTO sign_in "), Fault::LostAnswer(INTERNAL_TEXT.to_owned()));
    expect_unavailable(&app.anyone().post("/v1/auth/email/verify", body.clone()).await);
    app.anyone().post("/v1/auth/email/verify", body).await.expect_problem(410, "code_spent");
    let ada = app.sign_in("ada@example.com").await;
    ada.get("/v1/me").await.expect_status(200);
    assert_eq!(app.count("SELECT count(*) FROM user"), 1);
    app.finish().await;
}

/// Not one statement, but all of them: every operation that needs the store says so, the others answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_store_is_down_everything_that_needs_it_answers_503() {
    let app = TestApp::start().await;
    let operations = operations::all(&app, "down").await;
    let before = state(&app);
    app.faults().inject(When::next().always(), Fault::Error("unable to open database file".to_owned()));
    for operation in &operations {
        expect_unavailable(&operation.ask("down").await);
    }
    app.anyone().get("/").await.expect_status(200);
    app.anyone().get("/v1/openapi.json").await.expect_status(200);
    app.anyone().get("/nowhere").await.expect_problem(404, "no_such_route");
    app.faults().clear();
    assert!(state(&app) == before, "something was written");
    for operation in &operations {
        operation.expect_success(operation.ask("up").await);
    }
    app.finish().await;
}

/// A statement that takes its time holds up its own request only, also where both share one instance and its
/// connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_statement_holds_nobody_else_up() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    app.faults().inject(When::next().in_request("slow"), Fault::Delay(Duration::from_millis(1500)));
    let slow = tokio::spawn(ada.request("GET", &path).header("x-test-id", "slow").send());
    while app.faults().pending() > 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..20 {
        ada.get(&path).await.expect_status(200);
    }
    assert!(!slow.is_finished(), "the others waited for it");
    slow.await.expect("an answer").expect_status(200);
    app.finish().await;
}

/// What was decided on facts that are old by the time of the change is decided again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_comes_late_is_decided_on_fresh_facts() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, member) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let late = When::next().containing("INSERT INTO append").in_request("late");
    app.faults().inject(late, Fault::Delay(Duration::from_millis(500)));
    let invite = bob.request("POST", &format!("/v1/orgs/{org}/invitations")).header("x-test-id", "late");
    let invite = tokio::spawn(invite.json(&json!({"email": "new@example.com", "role": "viewer"})).send());
    while app.faults().pending() > 0 {
        tokio::task::yield_now().await;
    }
    ada.delete(&format!("/v1/orgs/{org}/members/{member}"), json!(null)).await.expect_status(200);
    invite.await.expect("an answer").expect_problem(404, "not_found");
    assert!(!ada.event_types(&org).await[5..].contains(&"invitation.created".to_owned()));
    app.finish().await;
}

/// Another program holds the write lock, as a backup or an operator's shell may: readers do not notice, and changes say
/// that they were not made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_another_holds_the_write_lock_reads_go_on_and_changes_answer_503() {
    let limits = Limits { sqlite_busy_timeout: Duration::from_millis(200), ..Limits::default() };
    let app = TestApp::start_with(|config| config.limits(limits)).await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let other = SqliteDb::open(&app.database_path()).expect("the database opens");
    other.run("BEGIN IMMEDIATE", Vec::new()).expect("the lock");
    ada.get(&path).await.expect_status(200);
    expect_unavailable(&ada.patch(&path, json!({"name": "Beta"})).await);
    other.run("ROLLBACK", Vec::new()).expect("its end");
    assert_eq!(ada.get(&path).await.text_at("/name"), "Acme");
    ada.patch(&path, json!({"name": "Beta"})).await.expect_status(200);
    app.finish().await;
}
