//! What the passing of time asks for, and what waits to leave the service.

use latchkey_domain::OrgId;
use latchkey_domain::facts::{InvitationFacts, KeyFacts, LinkFacts};
use serde::Deserialize;

use crate::context::text;
use crate::db::{Db, DbError, Value};
use crate::read_json;

/// Open invitations past their time, the longest overdue first.
///
/// # Errors
/// Of the store.
pub async fn due_invitations(db: &impl Db, now: i64, rows_max: i64) -> Result<Vec<InvitationFacts>, DbError> {
    read_json(&db.query(DUE_INVITATIONS, vec![Value::Integer(now), Value::Integer(rows_max)]).await?)
}

/// Invite links past their time that the log still has as active, the longest overdue first.
///
/// # Errors
/// Of the store.
pub async fn due_links(db: &impl Db, now: i64, rows_max: i64) -> Result<Vec<LinkFacts>, DbError> {
    read_json(&db.query(DUE_LINKS, vec![Value::Integer(now), Value::Integer(rows_max)]).await?)
}

/// API keys past their time that the log still has as active, each with its organization, the longest overdue first.
///
/// # Errors
/// Of the store.
pub async fn due_keys(db: &impl Db, now: i64, rows_max: i64) -> Result<Vec<DueKey>, DbError> {
    read_json(&db.query(DUE_KEYS, vec![Value::Integer(now), Value::Integer(rows_max)]).await?)
}

/// An API key past its time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DueKey {
    pub org: OrgId,
    pub key: KeyFacts,
}

/// Deletes sign-in codes, and their mails, that expired before `before`. Returns how many codes.
///
/// # Errors
/// Of the store.
pub async fn forget_codes(db: &impl Db, before: i64, rows_max: i64) -> Result<usize, DbError> {
    Ok(db.query(FORGET_CODES, vec![Value::Integer(before), Value::Integer(rows_max)]).await?.len())
}

/// Deletes sessions that expired before `before`. Returns how many.
///
/// # Errors
/// Of the store.
pub async fn forget_sessions(db: &impl Db, before: i64, rows_max: i64) -> Result<usize, DbError> {
    Ok(db.query(FORGET_SESSIONS, vec![Value::Integer(before), Value::Integer(rows_max)]).await?.len())
}

/// An organization that may have activity older than it keeps.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sweep {
    pub org: OrgId,
    pub retention_days: u32,
}

/// The organizations whose activity is to be looked at, the longest overdue first.
///
/// # Errors
/// Of the store.
pub async fn due_sweeps(db: &impl Db, now: i64, rows_max: i64) -> Result<Vec<Sweep>, DbError> {
    read_json(&db.query(DUE_SWEEPS, vec![Value::Integer(now), Value::Integer(rows_max)]).await?)
}

/// Deletes the oldest activity from before `before`. Returns how many rows.
///
/// # Errors
/// Of the store.
pub async fn sweep(db: &impl Db, org: &OrgId, before: i64, rows_max: i64) -> Result<usize, DbError> {
    Ok(db.query(SWEEP, vec![text(org), Value::Integer(before), Value::Integer(rows_max)]).await?.len())
}

/// Remembers when to look at an organization's activity again.
///
/// # Errors
/// Of the store.
pub async fn swept(db: &impl Db, org: &OrgId, due_at: i64) -> Result<(), DbError> {
    db.query(SWEPT, vec![text(org), Value::Integer(due_at)]).await.map(drop)
}

pub(crate) const DUE_INVITATIONS: &str = concat!(
    "SELECT json_group_array(json(entry)) FROM (SELECT ",
    invitation_json!("i"),
    " AS entry FROM invitation i WHERE i.status = 'pending' AND i.expires_at <= +?1 ORDER BY i.expires_at LIMIT +?2)"
);

pub(crate) const DUE_LINKS: &str = concat!(
    "SELECT json_group_array(json(entry)) FROM (SELECT ",
    link_json!("l"),
    " AS entry FROM invite_link l WHERE l.status = 'active' AND l.expires_at <= +?1 ORDER BY l.expires_at LIMIT +?2)"
);

pub(crate) const DUE_KEYS: &str = concat!(
    "SELECT json_group_array(json_object('org', org_id, 'key', json(entry))) FROM (SELECT k.org_id, ",
    key_json!("k", "m", "u"),
    " AS entry FROM api_key k INDEXED BY api_key_due CROSS JOIN member m ON m.id = k.member_id CROSS JOIN user u ON u.id = m.user_id \
     WHERE k.status = 'active' AND k.expires_at IS NOT NULL AND k.expires_at <= +?1 ORDER BY k.expires_at LIMIT +?2)"
);

pub(crate) const FORGET_CODES: &str = "\
DELETE FROM sign_in_code WHERE id IN (SELECT id FROM sign_in_code WHERE expires_at < +?1 LIMIT +?2) RETURNING id";

pub(crate) const FORGET_SESSIONS: &str = "\
DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE expires_at < +?1 LIMIT +?2) RETURNING id";

pub(crate) const DUE_SWEEPS: &str = "\
SELECT json_group_array(json(entry)) FROM (
  SELECT json_object('org', o.id, 'retention_days', o.activity_retention_days) AS entry
  FROM activity_sweep s CROSS JOIN org o ON o.id = s.org_id
  WHERE s.due_at <= +?1 AND o.activity_retention_days IS NOT NULL ORDER BY s.due_at LIMIT +?2)";

// One range of the primary key: up to the last of so many rows.
pub(crate) const SWEEP: &str = "\
DELETE FROM activity WHERE org_id = +?1 AND (at, id) <= (
  SELECT at, id FROM (SELECT at, id FROM activity WHERE org_id = +?1 AND at < +?2 ORDER BY at, id LIMIT +?3)
  ORDER BY at DESC, id DESC LIMIT 1) RETURNING 1";

pub(crate) const SWEPT: &str = "UPDATE activity_sweep SET due_at = +?2 WHERE org_id = +?1";
