//! A person's sessions: the list of them, their last use, their end.

use latchkey_domain::{SessionId, UserId};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::context::{self, Ask, PersonContext, text};
use crate::db::{Db, DbError, Value};

/// An open session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MySession {
    pub id: SessionId,
    pub created_at: i64,
    pub expires_at: i64,
    /// The last use that was recorded.
    pub seen_at: Option<i64>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    /// `email_code`, `invitation`, `identity_provider` or `external_token`.
    pub method: String,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// The open sessions of the person asking, the newest first, before the id `before`.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    before: Option<&str>,
    rows_max: i64,
) -> Result<PersonContext<Vec<MySession>>, DbError> {
    // Every id is before this.
    let more = vec![text(before.unwrap_or("t")), Value::Integer(rows_max)];
    context::person(db, ask, LIST, more).await
}

/// Ends an open session of that person. Whether there was one.
///
/// # Errors
/// Of the store.
pub async fn end(db: &impl Db, user: &UserId, session: &SessionId, now: i64) -> Result<bool, DbError> {
    Ok(!db.query(END, vec![text(user), text(session), Value::Integer(now)]).await?.is_empty())
}

/// Ends all open sessions of that person, but for `kept`. How many.
///
/// # Errors
/// Of the store.
pub async fn end_all(db: &impl Db, user: &UserId, kept: Option<&SessionId>, now: i64) -> Result<usize, DbError> {
    let params = vec![text(user), kept.map_or(Value::Null, text), Value::Integer(now)];
    Ok(db.query(END_ALL, params).await?.len())
}

/// How long sessions last, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Without being used.
    pub idle_ms: i64,
    /// However much they are used.
    pub absolute_ms: i64,
}

/// Records a use of an open session that was not seen since `unseen_since`, from where it came, and has it last on.
///
/// # Errors
/// Of the store.
pub async fn touch(
    db: &impl Db,
    token_hash: &str,
    client: &Json,
    (now, unseen_since): (i64, i64),
    last: Lifetimes,
) -> Result<(), DbError> {
    let params = vec![
        text(token_hash),
        Value::Integer(now),
        Value::Integer(now.saturating_add(last.idle_ms)),
        Value::Integer(last.absolute_ms),
        text(client),
        Value::Integer(unseen_since),
    ];
    db.query(TOUCH, params).await.map(drop)
}

pub(crate) const LIST: &str = person_context!(
    "(SELECT json_group_array(json(entry)) FROM (SELECT json_object('id', l.id, 'created_at', l.created_at, 'expires_at', l.expires_at, \
     'seen_at', l.seen_at, 'ip', l.ip, 'user_agent', l.user_agent, 'method', CASE l.method WHEN 'oidc' THEN 'identity_provider' WHEN 'jwt' THEN 'external_token' \
     ELSE iif(l.code_id IS NULL, 'invitation', 'email_code') END, \
     'is_current', json(iif(l.id = s.id, 'true', 'false'))) AS entry \
     FROM session l INDEXED BY session_open WHERE l.user_id = u.id AND l.ended_at IS NULL AND l.expires_at > +?2 AND l.id < +?4 \
     ORDER BY l.id DESC LIMIT +?5))"
);

pub(crate) const END: &str = "\
UPDATE session SET ended_at = ?3
WHERE id = +?2 AND user_id = +?1 AND ended_at IS NULL AND expires_at > +?3 RETURNING id";

pub(crate) const END_ALL: &str = "\
UPDATE session INDEXED BY session_open SET ended_at = ?3
WHERE user_id = +?1 AND id IS NOT +?2 AND ended_at IS NULL AND expires_at > +?3 RETURNING id";

/// Parameters: ?1 token hash, ?2 now, ?3 until when it lasts unused, ?4 how long it lasts at most, ?5 from where it was used,
/// ?6 since when it was not seen: of several uses at once one is recorded. A token of an external issuer ends when the issuer said.
pub(crate) const TOUCH: &str = "\
UPDATE session SET seen_at = ?2, expires_at = iif(method = 'jwt', expires_at, min(?3, created_at + ?4)), ip = ?5 ->> '$.ip', user_agent = ?5 ->> '$.user_agent'
WHERE token_hash = +?1 AND ended_at IS NULL AND expires_at > +?2 AND coalesce(seen_at, created_at) <= +?6";
