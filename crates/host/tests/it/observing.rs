//! What a test sees of requests and their statements, and the faults that it injects.

use crate::support::{App, request};
use latchkey_host::{Fault, Phase, StatementOutcome, When};
use std::time::{Duration, Instant};

#[tokio::test]
async fn statements_are_counted_per_request() {
    let app = App::start().await;
    app.sql("CREATE TABLE t (id INTEGER PRIMARY KEY)").await;
    app.running.observer().drain();
    let inserting = async |id: &str| {
        let body = format!("INSERT INTO t VALUES ({id})");
        request(app.addr(), "POST", "/transaction?secret=1", &format!("x-test-id: {id}\r\n"), body.as_bytes()).await
    };
    // All of them in one instance, their statements mixed.
    let _ = tokio::join!(inserting("1"), inserting("2"), inserting("3"), app.get("/hello"));
    for id in ["1", "2", "3"] {
        let records = app.running.observer().requests_of(id);
        assert_eq!(records.len(), 1);
        let record = &records[0];
        assert!(record.statements.len() >= 2, "{record:?}");
        assert_eq!(record.sql()[..2], ["BEGIN IMMEDIATE".to_owned(), format!("INSERT INTO t VALUES ({id})")]);
        assert_eq!(
            (record.method.as_str(), record.path.as_str(), record.route.as_str()),
            ("POST", "/transaction", "/...")
        );
        assert_eq!(record.statements[1].outcome, Some(StatementOutcome::Rows(0)));
        assert_eq!(record.statements[1].database, "default");
    }
    let hello = app.running.observer().requests().into_iter().find(|record| record.path == "/hello").unwrap();
    assert!(hello.statements.is_empty());
    assert_eq!(hello.status.unwrap(), 200);
}

#[tokio::test]
async fn work_after_the_response_is_seen() {
    let app = App::start().await;
    app.sql("CREATE TABLE t (id)").await;
    app.running.observer().drain();
    app.post("/later", "INSERT INTO t VALUES (1)").await;
    let begun = Instant::now();
    let statement = loop {
        let records = app.running.observer().requests();
        match records[0].statements.first() {
            Some(statement) if statement.outcome.is_some() => break statement.clone(),
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{records:?}");
    };
    assert_eq!((statement.sql.as_str(), statement.phase), ("INSERT INTO t VALUES (1)", Phase::AfterResponse));
}

#[tokio::test]
async fn faults_befall_the_statements_they_name() {
    let app = App::start().await;
    app.sql("CREATE TABLE t (id INTEGER PRIMARY KEY)").await;
    let faults = app.running.faults();

    faults.inject(When::nth(2).containing("INSERT"), Fault::DiskFull);
    app.sql("INSERT INTO t VALUES (1)").await;
    assert_eq!(
        app.post("/sql/default", "INSERT INTO t VALUES (2)").await.body,
        "Error::Io(\"database or disk is full\")"
    );
    app.sql("INSERT INTO t VALUES (2)").await;

    faults.inject(When::next(), Fault::DatabaseFull);
    assert_eq!(app.post("/sql/default", "SELECT 1").await.body, "Error::DatabaseFull");

    faults.inject(When::next(), Fault::LostAnswer("gone".to_owned()));
    assert_eq!(app.post("/sql/default", "INSERT INTO t VALUES (3)").await.body, "Error::Io(\"gone\")");
    assert_eq!(app.sql("SELECT max(id) FROM t").await, "max(id)\n[Value::Integer(3)]\n");

    faults.inject(When::next(), Fault::Delay(Duration::from_millis(120)));
    let begun = Instant::now();
    app.sql("SELECT 1").await;
    assert!(begun.elapsed() >= Duration::from_millis(120));

    faults.inject(When::next().in_request("mine").always(), Fault::Error("no".to_owned()));
    app.sql("SELECT 1").await;
    let mine = request(app.addr(), "POST", "/sql/default", "x-test-id: mine\r\n", b"SELECT 1").await;
    assert_eq!(mine.body, "Error::Io(\"no\")");
    assert_eq!(faults.pending(), 1);
    faults.clear();
    let mine = request(app.addr(), "POST", "/sql/default", "x-test-id: mine\r\n", b"SELECT 1").await;
    assert_eq!(mine.status, 200);
}
