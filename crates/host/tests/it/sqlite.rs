//! SQLite through Spin's interface.

use crate::support::App;
use std::time::{Duration, Instant};

#[tokio::test]
async fn rows_come_back() {
    let app = App::start().await;
    app.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)").await;
    assert_eq!(
        app.sql("INSERT INTO t (name) VALUES ('a'), ('b') RETURNING id").await,
        "id\n[Value::Integer(1)]\n[Value::Integer(2)]\n"
    );
    assert_eq!(
        app.sql("SELECT name FROM t ORDER BY id DESC").await,
        "name\n[Value::Text(\"b\")]\n[Value::Text(\"a\")]\n"
    );
    assert_eq!(app.sql("SELECT name FROM t WHERE id = 7").await, "name\n");
}

#[tokio::test]
async fn every_type_passes_both_ways() {
    let app = App::start().await;
    let reply = app.post("/types", "").await;
    let row = "[Value::Null, Value::Integer(-7), Value::Real(0.5), Value::Text(\"ä\"), Value::Blob([0, 255])]\n";
    assert_eq!(reply.body.split_once('\n').unwrap().1, row);
}

#[tokio::test]
async fn errors_are_what_sqlite_says() {
    let app = App::start().await;
    app.sql("CREATE TABLE t (id INTEGER PRIMARY KEY CHECK (id > 0)) STRICT").await;
    for (sql, message) in [
        ("SELECT * FROM nowhere", "no such table: nowhere"),
        ("SELEC", "syntax error"),
        ("INSERT INTO t VALUES (0)", "CHECK constraint failed"),
        ("SELECT ?", "Wrong number of parameters"),
        ("SELECT RAISE(ABORT, 'x')", "RAISE"),
    ] {
        let reply = app.post("/sql/default", sql).await;
        assert_eq!(reply.status, 409, "{sql}: {}", reply.body);
        assert!(reply.body.starts_with("Error::Io(") && reply.body.contains(message), "{sql}: {}", reply.body);
    }
}

#[tokio::test]
async fn databases_are_apart_and_others_denied() {
    let app = App::start().await;
    app.sql("CREATE TABLE t (id)").await;
    assert_eq!(app.post("/sql/other", "SELECT * FROM t").await.status, 409);
    assert_eq!(app.post("/sql/third", "SELECT 1").await.body, "Error::AccessDenied");
    assert!(app.dir.path().join("state/sqlite_db.db").is_file());
    assert!(app.dir.path().join("state/other.db").is_file());
    assert_eq!(app.running.database_path("other").unwrap(), app.dir.path().join("state/other.db"));
}

#[tokio::test]
async fn foreign_keys_are_on_and_the_disk_is_waited_for() {
    let app = App::start().await;
    assert_eq!(app.sql("PRAGMA foreign_keys").await, "foreign_keys\n[Value::Integer(1)]\n");
    assert_eq!(app.sql("PRAGMA synchronous").await, "synchronous\n[Value::Integer(2)]\n");
}

#[tokio::test]
async fn a_pragma_does_not_reach_the_next_user_of_a_connection() {
    let app = App::start().await;
    app.sql("PRAGMA foreign_keys = OFF").await;
    app.sql("/* also behind a comment */ PRAGMA foreign_keys = OFF").await;
    app.sql("CREATE TEMP TABLE mine (id)").await;
    assert_eq!(app.sql("PRAGMA foreign_keys").await, "foreign_keys\n[Value::Integer(1)]\n");
    assert_eq!(app.post("/sql/default", "SELECT * FROM mine").await.status, 409);
}

#[tokio::test]
async fn only_the_first_statement_runs() {
    let app = App::start().await;
    app.sql("CREATE TABLE t (id); DROP TABLE nowhere").await;
    app.sql("CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; SELECT 1; END; DROP TRIGGER r").await;
    assert_eq!(app.sql("SELECT name FROM sqlite_schema; SELECT 1; -- and so on").await.lines().count(), 3);
}

#[tokio::test]
async fn cached_statements_follow_the_schema() {
    let app = App::start().await;
    app.sql("CREATE TABLE t (a)").await;
    app.sql("INSERT INTO t VALUES (1)").await;
    assert_eq!(app.sql("SELECT * FROM t").await, "a\n[Value::Integer(1)]\n");
    app.sql("ALTER TABLE t ADD COLUMN b DEFAULT 2").await;
    assert_eq!(app.sql("SELECT * FROM t").await, "a,b\n[Value::Integer(1), Value::Integer(2)]\n");
}

#[tokio::test]
async fn a_transaction_is_kept_on_its_connection() {
    let app = App::start().await;
    app.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, name)").await;
    // The changes and the row id are those of the connection's last insert.
    assert_eq!(app.post("/transaction", "INSERT INTO t (name) VALUES ('a')").await.body, "1 2");
    assert_eq!(app.sql("SELECT count(*) FROM t").await, "count(*)\n[Value::Integer(2)]\n");
}

#[tokio::test]
async fn an_abandoned_transaction_is_rolled_back() {
    let app = App::start().await;
    app.sql("CREATE TABLE t (id)").await;
    assert_eq!(app.post("/abandon", "INSERT INTO t VALUES (1)").await.body, "abandoned");
    let begun = Instant::now();
    app.sql("INSERT INTO t VALUES (2)").await;
    assert!(begun.elapsed() < Duration::from_secs(2), "the lock was kept");
    assert_eq!(app.sql("SELECT id FROM t").await, "id\n[Value::Integer(2)]\n");
}

#[tokio::test]
async fn the_synchronous_functions_work_too() {
    let app = App::start().await;
    app.sql("CREATE TABLE t (id INTEGER PRIMARY KEY)").await;
    assert_eq!(app.post("/sql-blocking", "INSERT INTO t VALUES (41), (42)").await.body, "\n2 42");
    assert_eq!(
        app.post("/sql-blocking", "SELECT id FROM t WHERE id = 41").await.body.lines().nth(1),
        Some("[Value::Integer(41)]")
    );
    assert_eq!(app.post("/sql-blocking", "SELEC").await.status, 409);
    assert_eq!(app.running.observer().drain().last().unwrap().sql(), ["SELEC"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_writers_all_succeed() {
    for journal in ["wal", "delete"] {
        let app = App::start().await;
        app.sql(&format!("PRAGMA journal_mode = {journal}")).await;
        app.sql("CREATE TABLE t (id INTEGER PRIMARY KEY)").await;
        let app = std::sync::Arc::new(app);
        let inserts = (0..160).map(|id| {
            let app = app.clone();
            async move { app.sql(&format!("INSERT INTO t VALUES ({id})")).await }
        });
        let mut running = tokio::task::JoinSet::new();
        for insert in inserts {
            if running.len() == 16 {
                running.join_next().await.unwrap().unwrap();
            }
            running.spawn(insert);
        }
        running.join_all().await;
        assert_eq!(app.sql("SELECT count(*) FROM t").await, "count(*)\n[Value::Integer(160)]\n", "{journal}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writers_that_share_a_transaction_each_fails_alone() {
    let app = std::sync::Arc::new(App::start().await);
    app.sql("PRAGMA journal_mode = wal").await;
    app.sql("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT").await;
    let mut running = tokio::task::JoinSet::new();
    for n in 0..64 {
        let app = app.clone();
        // Each id comes twice, and every fourth statement cannot work at all.
        let sql = if n % 4 == 3 {
            "INSERT INTO t VALUES ('no number')".to_owned()
        } else {
            format!("INSERT INTO t VALUES ({}) RETURNING id", n / 8 * 8 + n % 4)
        };
        running.spawn(async move { app.post("/sql/default", &sql).await });
    }
    let replies = running.join_all().await;
    let with = |text: &str| replies.iter().filter(|reply| reply.body.contains(text)).count();
    assert_eq!((with("Value::Integer"), with("UNIQUE"), with("datatype mismatch")), (24, 24, 16));
    assert_eq!(app.sql("SELECT count(*) FROM t").await, "count(*)\n[Value::Integer(24)]\n");
}

#[tokio::test]
async fn a_lock_is_waited_for_but_not_for_ever() {
    let app = App::with(crate::support::MANIFEST, |config| {
        config.limits(latchkey_host::Limits { sqlite_busy_timeout: Duration::from_millis(300), ..Default::default() })
    })
    .await;
    app.sql("CREATE TABLE t (id)").await;
    let outsider = rusqlite::Connection::open(app.running.database_path("default").unwrap()).unwrap();
    outsider.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)").unwrap();
    let begun = Instant::now();
    let reply = app.post("/sql/default", "INSERT INTO t VALUES (2)").await;
    assert_eq!(reply.body, "Error::Io(\"database is locked\")");
    assert!(begun.elapsed() >= Duration::from_millis(300));
    // Others are served while a statement waits, and it goes on as soon as the lock is gone.
    let (reply, hello) = tokio::join!(app.post("/sql/default", "INSERT INTO t VALUES (3)"), async {
        let hello = app.get("/hello").await;
        outsider.execute_batch("COMMIT").unwrap();
        hello
    });
    assert_eq!((reply.status, hello.status), (200, 200));
}
