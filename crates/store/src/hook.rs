//! Events that others send: which of them came before.
//!
//! Whoever takes an event records it in the table `hook_event` by the same statement that keeps what it says (`billing_news_insert` in
//! 0026 does so); one that came before breaks the key of that table, which is [`DbError::Unique`], and [`said`] tells what it said then.

use crate::context::text;
use crate::db::{Db, DbError, Value};

/// The hash of what an event said when it came; `None` for one that never came, or so long ago that it is forgotten.
///
/// # Errors
/// Of the store.
pub async fn said(db: &impl Db, sender: &str, event: &str) -> Result<Option<String>, DbError> {
    let rows = db.query(SAID, vec![text(sender), text(event)]).await?;
    Ok(match rows.first().and_then(|row| row.first()) {
        Some(Value::Text(hash)) => Some(hash.clone()),
        _ => None,
    })
}

/// Forgets events that came before `before`. Returns how many.
///
/// # Errors
/// Of the store.
pub async fn forget(db: &impl Db, before: i64, rows_max: i64) -> Result<usize, DbError> {
    Ok(db.query(FORGET, vec![Value::Integer(before), Value::Integer(rows_max)]).await?.len())
}

pub(crate) const SAID: &str = "SELECT said_hash FROM hook_event WHERE sender = +?1 AND id = +?2";

pub(crate) const FORGET: &str = "\
DELETE FROM hook_event WHERE (sender, id) IN (
  SELECT sender, id FROM hook_event INDEXED BY hook_event_by_age WHERE received_at < +?1 LIMIT +?2) RETURNING id";
