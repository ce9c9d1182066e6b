//! The store's database on the runtime's SQLite.
//!
//! One connection per instance, shared by the requests that run in it at the same time: opening one costs as much as
//! many statements, and sharing is safe as long as every statement stands alone, which [`Db`] sees to. Activity has a
//! second one, kept in the same way.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use latchkey_api::Problem;
use latchkey_store::migrations::{self, MigrationFault};
use latchkey_store::{Db, DbError, Row, Value};
use spin_sdk::sqlite::{self, Connection};
use spin_sdk::wasip3::wit_bindgen::StreamResult;

use crate::{clock, visit};

/// Rows that are taken from the runtime at a time.
const ROWS_AT_ONCE: usize = 16;

/// The database of this instance.
#[derive(Clone)]
pub struct Database {
    connection: Rc<Connection>,
}

thread_local! {
    // An instance has one thread. No borrow lives across an await.
    static CONNECTION: RefCell<Option<Database>> = const { RefCell::new(None) };
    static ACTIVITY: RefCell<Option<Database>> = const { RefCell::new(None) };
    static IS_MIGRATED: Cell<bool> = const { Cell::new(false) };
}

/// The database, with its schema in place.
///
/// # Errors
/// 503 when it cannot be reached, 500 when its schema cannot be brought up to date.
pub async fn db() -> Result<Database, Problem> {
    migrated().await?;
    let kept = CONNECTION.with_borrow(Clone::clone);
    if let Some(database) = kept {
        return Ok(database);
    }
    let database = Database::open().await?;
    CONNECTION.set(Some(database.clone()));
    Ok(database)
}

/// The same database, for statements that write activity and nothing else: a power failure may take the last rows of it,
/// so that none of them waits for the disk. What holds for [`db`] holds here.
///
/// # Errors
/// As [`db`].
pub async fn activity_db() -> Result<Database, Problem> {
    migrated().await?;
    let kept = ACTIVITY.with_borrow(Clone::clone);
    if let Some(database) = kept {
        return Ok(database);
    }
    let database = Database::open().await?;
    match database.run("PRAGMA synchronous = NORMAL", Vec::new()).await {
        // libSQL refuses the pragma, and is durable in its own way.
        Ok(_) | Err(DbError::Broken(_)) => {}
        Err(fault) => return Err(fault.into()),
    }
    ACTIVITY.set(Some(database.clone()));
    Ok(database)
}

async fn migrated() -> Result<(), Problem> {
    if !IS_MIGRATED.get() {
        // The first requests of an instance may do this side by side; migrating twice changes nothing. A connection of
        // its own, because a migration may need settings that later statements must not inherit.
        let ensured = migrations::ensure(&Database::open().await?, clock::now().0).await;
        ensured.map_err(|fault| match fault {
            MigrationFault::Db(fault) => Problem::from(fault),
            MigrationFault::Edited(_) => Problem::misconfigured(fault.to_string()),
        })?;
        IS_MIGRATED.set(true);
    }
    Ok(())
}

impl Database {
    async fn open() -> Result<Self, DbError> {
        let connection = Connection::open_default().await.map_err(of_sdk)?;
        Ok(Self { connection: Rc::new(connection) })
    }
}

impl Db for Database {
    async fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, DbError> {
        let result = self.run(sql, params).await;
        if matches!(result, Err(DbError::Unavailable(_))) {
            // What is broken may be the connection itself: the next request opens another.
            CONNECTION.set(None);
            ACTIVITY.set(None);
        }
        result
    }

    fn saw_session(&self, token_hash: &str, seen_at: i64) {
        visit::saw(token_hash, seen_at);
    }
}

impl Database {
    async fn run(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, DbError> {
        let params: Vec<sqlite::Value> = params.into_iter().map(into_sdk).collect();
        let (_, mut stream, result) = self.connection.execute(sql, params).await.map_err(of_sdk)?.into_inner();
        let mut rows = Vec::new();
        // Several rows at a time: each read is a call to the runtime, and so would be the one that finds the end.
        let mut room = Vec::with_capacity(ROWS_AT_ONCE);
        loop {
            let (outcome, mut read) = stream.read(room).await;
            rows.extend(read.drain(..).map(|row| row.values.into_iter().map(from_sdk).collect::<Row>()));
            match outcome {
                StreamResult::Complete(_) => room = read,
                StreamResult::Dropped | StreamResult::Cancelled => break,
            }
        }
        // Only now is the statement known to have run: `execute` answers before it has, and asking earlier, with rows
        // still to come, would wait forever.
        result.await.map_err(of_sdk)?;
        Ok(rows)
    }
}

fn into_sdk(value: Value) -> sqlite::Value {
    match value {
        Value::Null => sqlite::Value::Null,
        Value::Integer(number) => sqlite::Value::Integer(number),
        Value::Real(number) => sqlite::Value::Real(number),
        Value::Text(text) => sqlite::Value::Text(text),
        Value::Blob(bytes) => sqlite::Value::Blob(bytes),
    }
}

fn from_sdk(value: sqlite::Value) -> Value {
    match value {
        sqlite::Value::Null => Value::Null,
        sqlite::Value::Integer(number) => Value::Integer(number),
        sqlite::Value::Real(number) => Value::Real(number),
        sqlite::Value::Text(text) => Value::Text(text),
        sqlite::Value::Blob(bytes) => Value::Blob(bytes),
    }
}

fn of_sdk(error: sqlite::Error) -> DbError {
    match error {
        sqlite::Error::Io(message) => DbError::from_message(&message),
        sqlite::Error::DatabaseFull => DbError::Unavailable("the database is full".to_owned()),
        other => DbError::Broken(other.to_string()),
    }
}
