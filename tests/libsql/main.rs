//! libSQL, where one machine is outgrown: the schema, every statement and every refusal work there as on SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unimplemented)]

mod access;
mod activity;
mod billing;
mod clients;
mod domains;
mod hrana;
mod keys;
mod links;
mod log;
mod mails;
mod scenario;
mod selling;
mod sessions;
mod told;
mod vouched;
mod webhooks;
#[path = "../model/wish.rs"]
#[allow(dead_code, reason = "the model wishes for more than this")]
mod wish;
#[path = "../model/world.rs"]
#[allow(dead_code, reason = "the model needs more of its world than this")]
mod world;

use std::thread;

use hrana::{HranaDb, Server};
use latchkey_ops::finish;
use latchkey_ops::sqlite::SqliteDb;
use latchkey_store::db::{Db, DbError, Row};
use latchkey_store::migrations::{self, Ensured, MIGRATIONS};
use latchkey_store::statements;
use scenario::Scenario;
use world::BEGINNING;

#[test]
fn everything_works_on_libsql_as_it_does_on_sqlite() {
    let Some(server) = Server::start() else { return };
    let there = Scenario::live(server.connect());
    let here = Scenario::live(SqliteDb::in_memory().unwrap());
    for (there, here) in there.transcript.iter().zip(&here.transcript) {
        assert_eq!(there, here);
    }
    assert_eq!(there.transcript.len(), here.transcript.len());
    assert_eq!(there.world.dump(), here.world.dump());
    assert_eq!(schema(&server.connect()), schema(&here.world.db));

    let ran = there.world.db.statements.borrow();
    let missed: Vec<&str> =
        statements::ALL.iter().filter(|(_, sql)| !ran.contains(*sql)).map(|(name, _)| *name).collect();
    assert_eq!(missed, Vec::<&str>::new(), "statements that the scenario does not run");

    // Refusals arrive as text only, so it matters that both say the same.
    let (there, here) = (there.world.db.faults.borrow(), here.world.db.faults.borrow());
    let of_the_service = |faults: &[DbError]| -> Vec<DbError> {
        faults.iter().filter(|fault| matches!(fault, DbError::Unique(_) | DbError::Refused(_))).cloned().collect()
    };
    assert_eq!(of_the_service(&there), of_the_service(&here));
    for named in [
        DbError::Unique("command.principal, command.idempotency_key".to_owned()),
        DbError::Refused("last_top_role_holder".to_owned()),
        DbError::Refused("event_is_permanent".to_owned()),
        DbError::Refused("not_a_member".to_owned()),
        DbError::Refused("link_not_active".to_owned()),
        DbError::Refused("checkpoint_is_permanent".to_owned()),
        DbError::Refused("log_node_is_permanent".to_owned()),
    ] {
        assert!(there.contains(&named), "{named:?} is not among {there:#?}");
    }
}

#[test]
fn migrations_that_race_apply_each_once() {
    let Some(server) = Server::start() else { return };
    let racers: Vec<HranaDb> = (0..4).map(|_| server.connect()).collect();
    let ensured: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> =
            racers.into_iter().map(|db| scope.spawn(move || finish(migrations::ensure(&db, BEGINNING)))).collect();
        running.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    let applied: usize =
        ensured.iter().map(|e| if let Ensured::Applied(count) = e.as_ref().unwrap() { *count } else { 0 }).sum();
    assert_eq!(applied, MIGRATIONS.len(), "{ensured:?}");
    let here = SqliteDb::in_memory().unwrap();
    finish(migrations::ensure(&here, BEGINNING)).unwrap();
    let db = server.connect();
    assert_eq!(schema(&db), schema(&here));
    assert_eq!(ledger(&db), ledger(&here));
}

/// What the migrations made.
fn schema(db: &impl Db) -> Vec<Row> {
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'libsql!_%' ESCAPE '!' ORDER BY type, name";
    finish(db.query(sql, Vec::new())).unwrap()
}

fn ledger(db: &impl Db) -> Vec<Row> {
    finish(db.query(migrations::LEDGER, Vec::new())).unwrap()
}
