//! What the passing of time asks for, and what waits to leave the service.

use latchkey_domain::facts::InvitationFacts;
use serde::Deserialize;

use crate::context::text;
use crate::db::{Db, DbError, Value};
use crate::read_json;

/// Open invitations past their time, the longest overdue first.
///
/// # Errors
/// Of the store.
pub async fn due_invitations(db: &impl Db, now: i64, limit: u32) -> Result<Vec<InvitationFacts>, DbError> {
    read_json(&db.query(DUE_INVITATIONS, vec![Value::Integer(now), Value::Integer(i64::from(limit))]).await?)
}

/// Deletes sign-in codes, and their mails, that expired before `before`. Returns how many codes.
///
/// # Errors
/// Of the store.
pub async fn forget_codes(db: &impl Db, before: i64, limit: u32) -> Result<usize, DbError> {
    Ok(db.query(FORGET_CODES, vec![Value::Integer(before), Value::Integer(i64::from(limit))]).await?.len())
}

/// Deletes sessions that expired before `before`. Returns how many.
///
/// # Errors
/// Of the store.
pub async fn forget_sessions(db: &impl Db, before: i64, limit: u32) -> Result<usize, DbError> {
    Ok(db.query(FORGET_SESSIONS, vec![Value::Integer(before), Value::Integer(i64::from(limit))]).await?.len())
}

/// A mail as the outbox knows it: who gets what, and what its secret is derived from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Mail {
    pub id: String,
    pub kind: String,
    pub recipient: String,
    pub created_at: i64,
    pub subject_id: String,
    pub generation: u64,
    /// The deployment key of the code or token; absent once its subject is gone.
    pub key_id: Option<String>,
    pub expires_at: Option<i64>,
    pub organization_name: Option<String>,
    pub role: Option<String>,
    pub inviter_name: Option<String>,
    pub inviter_email: Option<String>,
}

/// The newest mails to anyone.
///
/// # Errors
/// Of the store.
pub async fn newest_mails(db: &impl Db, limit: u32) -> Result<Vec<Mail>, DbError> {
    // Everything is newer than 1970: the condition makes the page a range of the index instead of a walk along the table.
    read_json(&db.query(NEWEST_MAILS, vec![Value::Integer(0), Value::Integer(i64::from(limit))]).await?)
}

/// The newest mails to one address, as it was typed.
///
/// # Errors
/// Of the store.
pub async fn newest_mails_to(db: &impl Db, recipient: &str, limit: u32) -> Result<Vec<Mail>, DbError> {
    read_json(&db.query(NEWEST_MAILS_TO, vec![text(recipient), Value::Integer(i64::from(limit))]).await?)
}

pub(crate) const DUE_INVITATIONS: &str = concat!(
    "SELECT json_group_array(json(entry)) FROM (SELECT ",
    invitation_json!("i"),
    " AS entry FROM invitation i WHERE i.status = 'pending' AND i.expires_at <= ?1 ORDER BY i.expires_at LIMIT ?2)"
);

pub(crate) const FORGET_CODES: &str = "\
DELETE FROM sign_in_code WHERE id IN (SELECT id FROM sign_in_code WHERE expires_at < ?1 LIMIT ?2) RETURNING id";

pub(crate) const FORGET_SESSIONS: &str = "\
DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE expires_at < ?1 LIMIT ?2) RETURNING id";

macro_rules! newest_mails {
    ($where:literal) => {
        concat!(
            "SELECT json_group_array(json(entry)) FROM (
  SELECT json_object('id', b.id, 'kind', b.kind, 'recipient', b.recipient, 'created_at', b.created_at, 'subject_id', b.subject_id,
                     'generation', b.generation, 'key_id', coalesce(c.key_id, i.key_id), 'expires_at', coalesce(c.expires_at, i.expires_at),
                     'organization_name', o.name, 'role', i.role, 'inviter_name', vu.display_name, 'inviter_email', vu.email) AS entry
  FROM outbox b
  LEFT JOIN sign_in_code c ON b.kind = 'sign_in_code' AND c.id = b.subject_id
  LEFT JOIN invitation i ON b.kind = 'invitation' AND i.id = b.subject_id AND i.generation = b.generation
  LEFT JOIN org o ON o.id = i.org_id
  LEFT JOIN member v ON v.id = i.invited_by
  LEFT JOIN user vu ON vu.id = v.user_id
  WHERE ",
            $where,
            " ORDER BY b.created_at DESC, b.id DESC LIMIT ?2)"
        )
    };
}

pub(crate) const NEWEST_MAILS: &str = newest_mails!("b.created_at > ?1");
pub(crate) const NEWEST_MAILS_TO: &str = newest_mails!("b.recipient = ?1");
