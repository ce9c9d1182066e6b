//! `store`'s `Db` on a SQLite file of this machine, for tools and tests. Nothing in it waits, so any executor will do.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use latchkey_store::db::{Db, DbError, Row, Value};
use rusqlite::Connection;
use rusqlite::types::{Value as Sqlite, ValueRef};

/// One connection.
pub struct SqliteDb {
    connection: RefCell<Connection>,
}

impl SqliteDb {
    /// Opens the file, and makes it if it is missing.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, DbError> {
        Self::of(Connection::open(path))
    }

    /// A database that is gone with this value.
    ///
    /// # Errors
    /// When memory is short.
    pub fn in_memory() -> Result<Self, DbError> {
        Self::of(Connection::open_in_memory())
    }

    /// A database of its own in a file that nobody else sees and that is gone with this value, for more than memory holds.
    ///
    /// # Errors
    /// When there is no room for temporary files.
    pub fn temporary() -> Result<Self, DbError> {
        let db = Self::of(Connection::open(""))?;
        db.run("PRAGMA synchronous = OFF", Vec::new())?;
        Ok(db)
    }

    /// Lets statements of this connection read the database in the file `path`, which must be absolute, under the name
    /// `schema`.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn attach_read_only(&self, path: &Path, schema: &str) -> Result<(), DbError> {
        let mut uri = String::from("file:");
        for c in path.to_string_lossy().chars() {
            match c {
                '%' | '?' | '#' => uri.push_str(&format!("%{:02X}", u32::from(c))),
                c => uri.push(c),
            }
        }
        uri.push_str("?mode=ro");
        self.run(&format!("ATTACH ?1 AS {schema}"), vec![Value::Text(uri)]).map(drop)
    }

    fn of(connection: rusqlite::Result<Connection>) -> Result<Self, DbError> {
        let connection = connection.and_then(|c| {
            c.busy_timeout(Duration::from_secs(5))?;
            c.pragma_update(None, "foreign_keys", "ON")?;
            c.set_prepared_statement_cache_capacity(128);
            Ok(c)
        });
        connection.map(|c| Self { connection: RefCell::new(c) }).map_err(fault)
    }

    /// The same as [`Db::query`], for callers that do not wait.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn run(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, DbError> {
        let mut all = Vec::new();
        self.each(sql, params, |row| {
            all.push(row);
            Ok(())
        })?;
        Ok(all)
    }

    /// Runs a statement and gives its rows away one by one, for results that memory should not hold. `take` may run
    /// statements of its own.
    ///
    /// # Errors
    /// As SQLite says, or as `take` does, which ends it.
    pub fn each(
        &self,
        sql: &str,
        params: Vec<Value>,
        mut take: impl FnMut(Row) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        let connection = self.connection.borrow();
        let mut statement = connection.prepare_cached(sql).map_err(fault)?;
        let columns = statement.column_count();
        let params = params.into_iter().map(|value| match value {
            Value::Null => Sqlite::Null,
            Value::Integer(i) => Sqlite::Integer(i),
            Value::Real(r) => Sqlite::Real(r),
            Value::Text(t) => Sqlite::Text(t),
            Value::Blob(b) => Sqlite::Blob(b),
        });
        let mut rows = statement.query(rusqlite::params_from_iter(params)).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            take((0..columns).map(|i| row.get_ref(i).map(value)).collect::<rusqlite::Result<Row>>().map_err(fault)?)?;
        }
        Ok(())
    }
}

impl Db for SqliteDb {
    async fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, DbError> {
        self.run(sql, params)
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(i) => Value::Integer(i),
        ValueRef::Real(r) => Value::Real(r),
        ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
        ValueRef::Blob(b) => Value::Blob(b.to_vec()),
    }
}

fn fault(error: rusqlite::Error) -> DbError {
    DbError::from_message(&error.to_string())
}
