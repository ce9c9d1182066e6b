//! The one door to a database: a statement goes in, its rows come out.
//!
//! `edge` implements [`Db`] on the runtime's SQLite interface, the tests and the tools on a local SQLite file and on a
//! libSQL server. Every statement stands alone: no implementation offers a transaction, because on libSQL one that
//! spans network round trips would hold the single write lock for all of them.

use std::future::Future;

/// A parameter or a column of a row, in SQLite's own storage classes.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// One row, its columns in the order of the statement.
pub type Row = Vec<Value>;

/// Why a statement did not do its work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// A unique index or primary key refused a row. Carries SQLite's own list of columns, such as
    /// `command.principal, command.idempotency_key`.
    #[error("unique: {0}")]
    Unique(String),
    /// A trigger refused the change with `RAISE(ABORT, 'latchkey:name')`; this is the name.
    #[error("refused: {0}")]
    Refused(String),
    /// The store is down, full, locked beyond patience or unreachable; trying later may work. Nothing was changed, unless only
    /// the answer was lost on its way: the same idempotency key tells.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Anything else, such as SQL that does not parse or a CHECK that a fold ran into: a bug of ours.
    #[error("broken: {0}")]
    Broken(String),
}

impl DbError {
    /// Sorts an error message of SQLite or libSQL, which both arrive as text only, into its class.
    pub fn from_message(message: &str) -> Self {
        const UNIQUE: &str = "UNIQUE constraint failed: ";
        if let Some((_, columns)) = message.split_once(UNIQUE) {
            let end = columns.find(['\n', '"', '`', ')', ':']).unwrap_or(columns.len());
            return Self::Unique(columns.get(..end).unwrap_or(columns).trim().to_owned());
        }
        let lower = message.to_ascii_lowercase();
        const UNAVAILABLE: [&str; 10] = [
            "database is locked",
            "database table is locked",
            "database or disk is full",
            "disk i/o error",
            "unable to open",
            "readonly database",
            "busy",
            "timed out",
            "connect",
            "unavailable",
        ];
        if let Some((_, name)) = message.split_once("latchkey:") {
            let end = name.find(|c: char| !(c.is_ascii_lowercase() || c == '_')).unwrap_or(name.len());
            return Self::Refused(name.get(..end).unwrap_or(name).to_owned());
        }
        if UNAVAILABLE.iter().any(|needle| lower.contains(needle)) {
            return Self::Unavailable(message.to_owned());
        }
        Self::Broken(message.to_owned())
    }
}

/// A connection that runs one statement at a time, each of them atomic by itself.
pub trait Db {
    /// Runs `sql` with positional parameters (`?1`, `?2`, …) and returns all its rows, after the statement has ended.
    fn query(&self, sql: &str, params: Vec<Value>) -> impl Future<Output = Result<Vec<Row>, DbError>>;

    /// Is told whenever a context names the session that asks, by the hash of its token, and when it was last seen. Whoever records that
    /// it was seen again does so later; most need not know.
    fn saw_session(&self, _token_hash: &str, _seen_at: i64) {}
}
