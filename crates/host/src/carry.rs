//! Carries what the write-ahead log holds over into the database, beside whoever writes.
//!
//! Left to itself, SQLite has the writer do it, and all who wait for the writer stand still while pages go to places all over
//! the file and the disk confirms them: the larger the database, the longer. It can be done by another connection while the
//! writer goes on. Only a log that is carried over to its end begins anew, so the writer does the last, small part itself.

use crate::database::{Connection, Database, query};
use crate::observe::lock;
use rusqlite::types::Value;
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

/// Pages in the log that wait to be carried over, from which on that is done: 16 MiB. The same pages come again, so a longer log
/// is less work in all.
const CARRIED_PAGES: i64 = 4000;
/// Pages that the writer carries over itself, so that the log can begin anew.
const REST_PAGES_MAX: i64 = 400;
/// Pages that may wait. From then on the writer waits as well, until the disk has caught up: 160 MiB.
const WAITING_PAGES_MAX: i64 = 40_000;

/// As much as can be, without waiting for anybody.
const CARRY: &str = "PRAGMA wal_checkpoint(PASSIVE)";
/// Nothing, but says how much there would be.
const LOOK: &str = "PRAGMA wal_checkpoint(NOOP)";

/// Who is carrying over the log of one database.
#[derive(Debug, Default)]
pub(crate) struct Carry {
    beside: Mutex<Beside>,
}

#[derive(Debug, Default)]
enum Beside {
    #[default]
    Nobody,
    Somebody(JoinHandle<()>),
    /// Nearly everything was carried over; the rest is the writer's.
    Done,
}

impl Carry {
    /// To be called after each transaction, by whoever ran it. It waits once at most: somebody who reads an old state of the database
    /// for long, such as a backup, keeps the log from being carried over however often that is tried.
    pub(crate) async fn keep_up(&self, database: &Arc<Database>, writer: &mut Connection) {
        let mut waiting = pages_waiting(writer, LOOK);
        let mut beside = std::mem::take(&mut *lock(&self.beside));
        if let Beside::Somebody(task) = beside {
            beside = if task.is_finished() {
                Beside::Done
            } else if waiting >= WAITING_PAGES_MAX {
                let _ = task.await;
                waiting = pages_waiting(writer, LOOK);
                Beside::Done
            } else {
                Beside::Somebody(task)
            };
        }
        *lock(&self.beside) = match beside {
            Beside::Done if waiting <= REST_PAGES_MAX => {
                pages_waiting(writer, CARRY);
                Beside::Nobody
            }
            Beside::Nobody | Beside::Done if waiting >= CARRIED_PAGES => {
                let database = database.clone();
                Beside::Somebody(tokio::task::spawn_blocking(move || carry(&database)))
            }
            beside => beside,
        };
    }
}

/// Carries over what there is now. What fails is tried again after the next transaction.
fn carry(database: &Database) {
    if let Ok(connection) = database.open() {
        pages_waiting(&connection, CARRY);
    }
}

/// Pages in the log that are not in the database yet, once that was done.
fn pages_waiting(connection: &Connection, how: &str) -> i64 {
    match query(connection, how, &[]).as_ref().map(|answer| answer.rows.as_slice()) {
        Ok([row]) => match row.as_slice() {
            [_, Value::Integer(pages), Value::Integer(carried)] => pages.saturating_sub(*carried),
            _ => 0,
        },
        _ => 0,
    }
}
