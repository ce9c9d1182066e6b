//! SQLite databases and their connections.
//!
//! Statements run on the thread that asks for them: on a local file that takes microseconds, much less than handing
//! them to another thread would. So nothing here may wait: a lock that another connection holds is an answer (`Busy`),
//! and the caller comes back after an asynchronous sleep. SQLite's own busy handler would block the runtime's thread,
//! which may be the very one that the lock's holder needs to go on.

use crate::error::Error;
use crate::observe::lock;
use crate::writes::{Durability, Writes};
pub(crate) use rusqlite::Connection;
use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Batch, ErrorCode, Statement, ffi};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How long to wait at most before a statement that found the database locked is tried again.
const BUSY_PAUSE: Duration = Duration::from_millis(1);

/// Prepared statements that a connection keeps.
const STATEMENTS_CACHED_MAX: usize = 256;

/// Bytes of rows that one statement may return, as in Spin: they are held in memory until the component has read them.
const RESULT_BYTES_MAX: usize = 128 << 20;

/// Connections that wait in the pool for their next user.
const IDLE_CONNECTIONS_MAX: usize = 64;

/// A database file and the connections to it that nobody uses at present.
#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
    pragmas: &'static str,
    busy_timeout: Duration,
    idle: Mutex<Vec<Connection>>,
    /// Told after every statement, for those who wait for a lock.
    released: Notify,
    pub(crate) writes: Writes,
}

/// A connection, which goes back to its pool when it is dropped.
#[derive(Debug)]
pub(crate) struct Pooled {
    /// Present until the drop.
    connection: Option<Connection>,
    database: Arc<Database>,
    marks: Marks,
    durability: Durability,
}

/// What statements may have left on a connection that its next user must not find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Marks {
    Nothing,
    /// How safe changes are, which is known.
    Durability,
    Anything,
}

/// The columns and rows of a statement.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// Why a statement failed.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// Another connection holds a lock, and may let go of it soon; as SQLite says it.
    Busy(String),
    /// Anything else, as SQLite says it.
    Error(String),
}

impl Database {
    /// A database, with pragmas that each of its connections begins with.
    pub(crate) fn new(path: PathBuf, pragmas: &'static str, busy_timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            path,
            pragmas,
            busy_timeout,
            idle: Mutex::default(),
            released: Notify::new(),
            writes: Writes::default(),
        })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A connection of its own for the caller.
    pub(crate) async fn connect(self: &Arc<Self>) -> Result<Pooled, Failure> {
        let mut patience = Patience::new(self.clone());
        loop {
            match self.try_connect() {
                Ok(connection) => {
                    let database = self.clone();
                    let (marks, durability) = (Marks::Nothing, Durability::Full);
                    return Ok(Pooled { connection: Some(connection), database, marks, durability });
                }
                Err(error) => patience.pause(Failure::from(error)).await?,
            }
        }
    }

    fn try_connect(&self) -> rusqlite::Result<Connection> {
        if let Some(connection) = lock(&self.idle).pop() {
            return Ok(connection);
        }
        self.open()
    }

    /// A new connection.
    pub(crate) fn open(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED_MAX);
        connection.execute_batch(self.pragmas)?;
        Ok(connection)
    }

    /// Makes the file if it is missing, and runs statements that prepare it. For use at start, where waiting is fine.
    pub(crate) fn prepare(&self, statements: &str) -> Result<(), Error> {
        let run = || {
            let connection = Connection::open(&self.path)?;
            connection.busy_timeout(self.busy_timeout)?;
            connection.execute_batch(statements)
        };
        run().map_err(|source| Error::Database { path: self.path.clone(), source })
    }

    /// Closes the connections that nobody uses.
    pub(crate) fn close_idle(&self) {
        lock(&self.idle).clear();
        self.writes.close_idle();
    }

    /// Tells somebody who waits for a lock that one was let go.
    pub(crate) fn notify_released(&self) {
        self.released.notify_one();
    }
}

impl Pooled {
    /// Runs the first statement of a text, as Spin does, waiting for locks.
    pub(crate) async fn run(&mut self, sql: &str, parameters: &[Value]) -> Result<Rows, Failure> {
        let mut patience = self.patience();
        loop {
            match self.try_run(sql, parameters) {
                Ok(rows) => return Ok(rows),
                Err(failure) => patience.pause(failure).await?,
            }
        }
    }

    /// How long the caller of [`Pooled::try_run`] should be patient.
    pub(crate) fn patience(&self) -> Patience {
        Patience::new(self.database.clone())
    }

    /// Runs the first statement of a text, once.
    pub(crate) fn try_run(&mut self, sql: &str, parameters: &[Value]) -> Result<Rows, Failure> {
        if leaves_marks(sql) {
            match durability(sql) {
                Some(durability) => {
                    self.durability = durability;
                    self.marks = self.marks.max(Marks::Durability);
                }
                None => self.marks = Marks::Anything,
            }
        }
        let Some(connection) = &self.connection else {
            return Err(Failure::Error("the connection is closed".to_owned()));
        };
        let queried = query(connection, sql, parameters);
        if !matches!(queried, Err(Failure::Busy(_))) {
            self.database.notify_released();
        }
        queried
    }

    /// Whether a statement may be run on another connection, together with those of others, and how safe it must be then:
    /// one that writes and needs nothing that is particular to this connection.
    pub(crate) fn may_join(&self, sql: &str) -> Option<(Arc<Database>, Durability)> {
        let connection = self.connection.as_ref()?;
        let may_join = self.marks <= Marks::Durability && connection.is_autocommit() && writes(sql);
        may_join.then(|| (self.database.clone(), self.durability))
    }

    pub(crate) fn last_insert_rowid(&self) -> i64 {
        self.connection.as_ref().map_or(0, Connection::last_insert_rowid)
    }

    pub(crate) fn changes(&self) -> u64 {
        self.connection.as_ref().map_or(0, Connection::changes)
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // A transaction that was left open would keep its locks. Closing the connection rolls it back as well.
        let is_clean = connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok();
        if is_clean && self.marks == Marks::Nothing {
            let mut idle = lock(&self.database.idle);
            if idle.len() < IDLE_CONNECTIONS_MAX {
                idle.push(connection);
            }
        }
        self.database.notify_released();
    }
}

/// Whether a statement may change the connection itself, and not only the database: a pragma, a temporary table, an
/// attached file. Everything that is not known to be harmless counts.
fn leaves_marks(sql: &str) -> bool {
    const HARMLESS: [&str; 14] = [
        "select",
        "insert",
        "update",
        "delete",
        "replace",
        "with",
        "values",
        "begin",
        "commit",
        "end",
        "rollback",
        "savepoint",
        "release",
        "explain",
    ];
    !HARMLESS.iter().any(|harmless| first_word(sql).eq_ignore_ascii_case(harmless))
}

/// Whether a statement writes for certain.
fn writes(sql: &str) -> bool {
    ["insert", "update", "delete", "replace"].iter().any(|writing| first_word(sql).eq_ignore_ascii_case(writing))
}

fn first_word(sql: &str) -> &str {
    sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("")
}

/// How safe a connection's changes are after a pragma that says this and nothing else.
fn durability(sql: &str) -> Option<Durability> {
    let words = sql.split(|c: char| c.is_ascii_whitespace() || c == '=').filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["pragma", "synchronous", "normal"] => Some(Durability::Normal),
        ["pragma", "synchronous", "full"] => Some(Durability::Full),
        _ => None,
    }
}

pub(crate) fn query(connection: &Connection, sql: &str, parameters: &[Value]) -> Result<Rows, Failure> {
    match connection.prepare_cached(sql) {
        Ok(mut statement) => collect(&mut statement, parameters),
        // Spin silently runs the first statement of several, whatever the others are. SQLite says where it ends, so
        // that no text is parsed here.
        Err(_) if sql.contains(';') => match Batch::new(connection, sql).next()? {
            Some(mut statement) => collect(&mut statement, parameters),
            None => Ok(Rows::default()),
        },
        Err(error) => Err(error.into()),
    }
}

fn collect(statement: &mut Statement<'_>, parameters: &[Value]) -> Result<Rows, Failure> {
    let mut columns = column_names(statement);
    let mut rows = Vec::new();
    let mut bytes = 0;
    let mut cursor = statement.query(rusqlite::params_from_iter(parameters.iter().map(Borrowed)))?;
    while let Some(row) = cursor.next()? {
        let statement: &Statement<'_> = row.as_ref();
        // A cached statement learns of a changed table only when it runs.
        if statement.column_count() != columns.len() {
            columns = column_names(statement);
        }
        let values = (0..columns.len()).map(|index| owned(row.get_ref(index)?)).collect::<Result<Vec<_>, Failure>>()?;
        bytes += values.iter().map(memory_bytes).sum::<usize>();
        if bytes > RESULT_BYTES_MAX {
            return Err(Failure::Error(format!("query result exceeds limit of {RESULT_BYTES_MAX} bytes")));
        }
        rows.push(values);
    }
    Ok(Rows { columns, rows })
}

fn column_names(statement: &Statement<'_>) -> Vec<String> {
    statement.column_names().map(str::to_owned).collect()
}

/// A parameter that is bound without copying it.
struct Borrowed<'a>(&'a Value);

impl rusqlite::ToSql for Borrowed<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0.into()))
    }
}

fn owned(value: ValueRef<'_>) -> Result<Value, Failure> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => Value::Integer(integer),
        ValueRef::Real(real) => Value::Real(real),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(error) => return Err(Failure::Error(format!("text is not UTF-8: {error}"))),
        },
        ValueRef::Blob(blob) => Value::Blob(blob.to_vec()),
    })
}

fn memory_bytes(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Text(text) => text.len(),
            Value::Blob(blob) => blob.len(),
            Value::Null | Value::Integer(_) | Value::Real(_) => 0,
        }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            // A snapshot that is no longer the newest cannot become writable by waiting.
            rusqlite::Error::SqliteFailure(failure, _)
                if failure.code == ErrorCode::DatabaseBusy && failure.extended_code != ffi::SQLITE_BUSY_SNAPSHOT =>
            {
                Self::Busy(error.to_string())
            }
            _ => Self::Error(error.to_string()),
        }
    }
}

impl Failure {
    /// The message for the component.
    pub(crate) fn message(self) -> String {
        match self {
            Self::Busy(message) | Self::Error(message) => message,
        }
    }
}

/// How long a caller still comes back to a locked database.
#[derive(Debug)]
pub(crate) struct Patience {
    database: Arc<Database>,
    until: Instant,
}

impl Patience {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { until: Instant::now() + database.busy_timeout, database }
    }

    /// Waits a little if trying again may help: until a connection of this process may have let go of the lock, or for
    /// as long as one should wait for another process.
    ///
    /// # Errors
    /// The failure itself, where trying again cannot help or has been done for long enough.
    pub(crate) async fn pause(&mut self, failure: Failure) -> Result<(), Failure> {
        match failure {
            Failure::Busy(_) if Instant::now() < self.until => {
                let _ = tokio::time::timeout(BUSY_PAUSE, self.database.released.notified()).await;
                Ok(())
            }
            failure => Err(failure),
        }
    }
}
