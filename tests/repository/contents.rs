//! What is in the database, for "nothing has changed".

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_ops::sqlite::SqliteDb;
use latchkey_testkit::TestApp;

/// Everything in the database, for "nothing has changed". It is read again only when somebody has written since: SQLite tells
/// each connection whether another one has.
pub(crate) fn contents(app: &TestApp) -> Arc<str> {
    let path = app.database_path();
    let mut read = read().remove(&path).unwrap_or_else(|| Read {
        db: SqliteDb::open(&path).expect("the database opens"),
        version: None,
        contents: "".into(),
    });
    let version = rows(&read.db, "PRAGMA data_version").pop();
    if read.version != version {
        read.contents = everything(&read.db).into();
        read.version = version;
    }
    let contents = read.contents.clone();
    self::read().insert(path, read);
    contents
}

/// What was read of a database, and by which connection.
struct Read {
    db: SqliteDb,
    version: Option<Vec<latchkey_store::db::Value>>,
    contents: Arc<str>,
}

fn read() -> MutexGuard<'static, BTreeMap<PathBuf, Read>> {
    static READ: Mutex<BTreeMap<PathBuf, Read>> = Mutex::new(BTreeMap::new());
    READ.lock().unwrap_or_else(PoisonError::into_inner)
}

fn everything(db: &SqliteDb) -> String {
    let mut contents = String::new();
    for table in rows(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
        let [latchkey_store::db::Value::Text(table)] = table.as_slice() else { panic!("a table without a name") };
        for row in rows(db, &format!("SELECT * FROM \"{table}\"")) {
            writeln!(contents, "{table} {row:?}").expect("text");
        }
    }
    contents
}

fn rows(db: &SqliteDb, sql: &str) -> Vec<Vec<latchkey_store::db::Value>> {
    db.run(sql, Vec::new()).unwrap_or_else(|fault| panic!("{sql}: {fault}"))
}
