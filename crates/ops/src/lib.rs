//! What operators do to a database file: bring its schema up to date, and hold its state against its log. Both may run while
//! the service uses the file.
//!
//! And what anybody does who was given an exported log: hold it against the checkpoints that they have kept.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub mod migrate;
pub mod rebuild;
pub mod sqlite;
pub mod verify;

/// Runs a statement on [`sqlite::SqliteDb`] to its end. It never waits for anything but SQLite itself, which blocks, so
/// the first poll finishes it.
pub fn finish<T>(statement: impl Future<Output = T>) -> T {
    let mut statement = pin!(statement);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = statement.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::yield_now();
    }
}
