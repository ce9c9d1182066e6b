//! A database that counts what its statements cost.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::time::{Duration, Instant};

use latchkey_store::db::{Db, DbError, Row, Value};
use rusqlite::types::Value as Sqlite;
use rusqlite::{Connection, StatementStatus, ToSql};

/// What a request cost, its statements together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) statements: u32,
    /// Steps of SQLite's virtual machine: the same in every run, on every machine.
    pub(crate) steps: i64,
    pub(crate) took: Duration,
}

pub(crate) struct Meter {
    connection: RefCell<Connection>,
    cost: Cell<Cost>,
}

impl Meter {
    pub(crate) fn open(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        connection.pragma_update(None, "foreign_keys", "ON").unwrap();
        // What is measured is the work of the statements, not this machine's disk.
        connection.pragma_update(None, "synchronous", "OFF").unwrap();
        connection.set_prepared_statement_cache_capacity(128);
        Self { connection: RefCell::new(connection), cost: Cell::default() }
    }

    /// What was spent since the last time this was asked.
    pub(crate) fn spent(&self) -> Cost {
        self.cost.take()
    }

    /// Runs several statements that count for nothing.
    pub(crate) fn batch(&self, sql: &str) {
        self.connection.borrow().execute_batch(sql).unwrap();
    }
}

impl Db for Meter {
    async fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, DbError> {
        let fault = |error: rusqlite::Error| DbError::from_message(&error.to_string());
        let connection = self.connection.borrow();
        let mut statement = connection.prepare_cached(sql).map_err(fault)?;
        let params = params.into_iter().map(|value| match value {
            Value::Null => Sqlite::Null,
            Value::Integer(n) => Sqlite::Integer(n),
            Value::Real(n) => Sqlite::Real(n),
            Value::Text(text) => Sqlite::Text(text),
            Value::Blob(bytes) => Sqlite::Blob(bytes),
        });
        let params: Vec<Sqlite> = params.collect();
        let params: Vec<&dyn ToSql> = params.iter().map(|value| value as &dyn ToSql).collect();
        let columns = statement.column_count();
        let started = Instant::now();
        let mut found = Vec::new();
        let mut rows = statement.query(params.as_slice()).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            found.push((0..columns).map(|column| value(row, column)).collect());
        }
        drop(rows);
        let took = started.elapsed();
        let steps = i64::from(statement.reset_status(StatementStatus::VmStep));
        let mut cost = self.cost.get();
        cost.statements += 1;
        cost.steps += steps;
        cost.took += took;
        self.cost.set(cost);
        Ok(found)
    }
}

fn value(row: &rusqlite::Row<'_>, column: usize) -> Value {
    match row.get::<_, Sqlite>(column).unwrap() {
        Sqlite::Null => Value::Null,
        Sqlite::Integer(n) => Value::Integer(n),
        Sqlite::Real(n) => Value::Real(n),
        Sqlite::Text(text) => Value::Text(text),
        Sqlite::Blob(bytes) => Value::Blob(bytes),
    }
}
