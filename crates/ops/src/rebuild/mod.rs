//! Holding a database to its word: the log must verify, and folding it again must give the state that requests read.
//!
//! The live database is attached, read-only, to a private one that is gone afterwards, and looked at in one read
//! transaction: what is compared is one moment, however busy the service is. Four questions are asked:
//!
//! 1. Is the file sound, and of the schema embedded here (`PRAGMA integrity_check`, the ledger, every trigger's text)?
//! 2. Does each event hash to its data hash and its leaf, and belong to a command that says so ([`log`])?
//! 3. Does the pure fold of each organization's log give its rows in the state tables ([`fold`])?
//! 4. Do the triggers, given the accounts and the events in order, make the same tables again ([`replay`])?

use std::path::Path;

use latchkey_store::db::{DbError, Row, Value};
use latchkey_store::migrations::{self, MigrationFault};

use crate::finish;
use crate::sqlite::SqliteDb;

mod fold;
mod log;
mod replay;
mod rows;

pub use fold::fold_differs;
pub(crate) use log::salt_bytes;

/// How many differences a report describes; all are counted.
pub const DIFFERENCES_MAX: usize = 20;

/// The live database's name on the connection that checks it.
const LIVE: &str = "live";

/// What the check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub organizations: u64,
    pub events: u64,
    /// Organizations with erased events: their leaves are checked, their state cannot be folded from what is left.
    pub unfoldable: u64,
    pub differences: Differences,
}

impl Report {
    /// Whether the state equals its log.
    pub fn is_equal(&self) -> bool {
        self.differences.count == 0
    }
}

/// The first few of what differs, each as a sentence, and how many there are in all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    pub count: u64,
    pub first: Vec<String>,
}

impl Differences {
    fn add(&mut self, sentence: String) {
        self.count += 1;
        if self.first.len() < DIFFERENCES_MAX {
            self.first.push(sentence);
        }
    }
}

/// Why a database could not be checked at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckFault {
    #[error("{0}: {1}")]
    File(String, std::io::ErrorKind),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Migration(#[from] MigrationFault),
    #[error("the database does not have the schema of this version; run `migrate` on it first")]
    OtherSchema,
}

/// Checks the database in the file `path`, which may be in use.
///
/// # Errors
/// When there is no answer: the file cannot be read, or has another schema. What differs is in the report.
pub fn check(path: &Path) -> Result<Report, CheckFault> {
    let path = path.canonicalize().map_err(|e| CheckFault::File(path.display().to_string(), e.kind()))?;
    let db = SqliteDb::temporary()?;
    finish(migrations::ensure(&db, 0))?;
    db.attach_read_only(&path, LIVE)?;
    // The first look at the live database inside the transaction fixes the moment that all others see.
    db.run("BEGIN", Vec::new())?;
    let report = compare(&db)?;
    db.run("ROLLBACK", Vec::new())?;
    Ok(report)
}

fn compare(db: &SqliteDb) -> Result<Report, CheckFault> {
    if !same_schema(db)? {
        return Err(CheckFault::OtherSchema);
    }
    let mut report = Report::default();
    for row in db.run("PRAGMA live.integrity_check", Vec::new())? {
        let verdict = text(row.first());
        if verdict != "ok" {
            report.differences.add(format!("the file is damaged: {verdict}"));
        }
    }
    log::check_commands(db, &mut report)?;
    replay::prepare(db)?;
    fold::check(db, &mut report)?;
    replay::check(db, &mut report)?;
    Ok(report)
}

/// Everything that the migrations make is in the live database, word for word.
fn same_schema(db: &SqliteDb) -> Result<bool, DbError> {
    let sql = "SELECT count(*) FROM (SELECT type, name, tbl_name, sql FROM main.sqlite_schema \
               EXCEPT SELECT type, name, tbl_name, sql FROM live.sqlite_schema)";
    if db.run(sql, Vec::new())? != [[Value::Integer(0)]] {
        return Ok(false);
    }
    let ledgers = "SELECT count(*) FROM (SELECT number, checksum FROM live.migration \
                   EXCEPT SELECT number, checksum FROM main.migration)";
    Ok(db.run(ledgers, Vec::new())? == [[Value::Integer(0)]])
}

/// A column that holds text; anything else reads as empty.
fn text(value: Option<&Value>) -> String {
    if let Some(Value::Text(text)) = value { text.clone() } else { String::new() }
}

/// A column that may be NULL.
fn optional_text(row: &Row, column: usize) -> Option<String> {
    if let Some(Value::Text(text)) = row.get(column) { Some(text.clone()) } else { None }
}

fn integer(value: Option<&Value>) -> i64 {
    if let Some(Value::Integer(n)) = value { *n } else { 0 }
}

/// Says where two rows, as JSON objects, are not equal.
fn differing_columns(table: &serde_json::Value, log: &serde_json::Value) -> Option<String> {
    let columns: Vec<String> = [table, log]
        .iter()
        .filter_map(|row| row.as_object())
        .flat_map(|row| row.keys())
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .filter(|column| table.get(column) != log.get(column))
        .map(|column| {
            let shown = |row: &serde_json::Value| row.get(column).map_or("absent".to_owned(), ToString::to_string);
            format!("{column} is {}, by the log {}", shown(table), shown(log))
        })
        .collect();
    if columns.is_empty() { None } else { Some(columns.join(", ")) }
}
