//! Bringing a database file's schema up to date.

use std::collections::BTreeSet;
use std::path::Path;

use latchkey_store::db::{DbError, Value};
use latchkey_store::migrations::{self, MigrationFault};

use crate::finish;
use crate::sqlite::SqliteDb;

/// Applies what is missing, and makes the file if there is none. Returns the names of what was applied, in order.
/// `now` is in milliseconds since 1970.
///
/// # Errors
/// When the file cannot be written, or carries a migration that was edited since.
pub fn migrate(path: &Path, now: i64) -> Result<Vec<String>, MigrationFault> {
    let db = SqliteDb::open(path)?;
    let before: BTreeSet<String> = names(&db)?.into_iter().collect();
    finish(migrations::ensure(&db, now))?;
    Ok(names(&db)?.into_iter().filter(|name| !before.contains(name)).collect())
}

fn names(db: &SqliteDb) -> Result<Vec<String>, DbError> {
    let ledger = db.run("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration'", Vec::new())?;
    if ledger.is_empty() {
        return Ok(Vec::new());
    }
    let rows = db.run("SELECT name FROM migration ORDER BY number", Vec::new())?;
    Ok(rows.into_iter().flatten().filter_map(|v| if let Value::Text(name) = v { Some(name) } else { None }).collect())
}
