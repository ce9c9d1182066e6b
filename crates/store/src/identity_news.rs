//! What identity providers tell of their users, and the accounts that follow it.

use latchkey_domain::decide::identity::Profile;
use latchkey_domain::facts::IdentityFacts;
use latchkey_domain::identity::{IdentityKey, News, Parked};
use latchkey_domain::{UserId, policy};
use serde_json::Value as Json;

use crate::context::text;
use crate::db::{Db, DbError, Value};
use crate::read_json;

/// A piece of news as it came.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    pub id: &'a str,
    /// Lower-case hex of SHA-256 over what it says.
    pub said_hash: &'a str,
    /// Milliseconds since 1970.
    pub received_at: i64,
    pub news: &'a News,
}

/// What became of a piece of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Newer,
    /// Newer news of the same user is known: this changes nothing.
    Older,
    /// An event of that id came before; see [`crate::hook::said`].
    Before,
}

/// Keeps a piece of news, once, and signs out whoever is deleted by it.
///
/// # Errors
/// Of the store.
pub async fn take(db: &impl Db, event: &Event<'_>) -> Result<Taken, DbError> {
    let news = event.news;
    let said = news.said.as_ref().map(|said| serde_json::to_string(said).unwrap_or_default());
    let params = vec![
        text(event.id),
        text(event.said_hash),
        Value::Integer(event.received_at),
        text(news.key()),
        text(&news.issuer),
        text(&news.subject),
        Value::Integer(news.at),
        Value::Integer(news.rank as i64),
        Value::Integer(i64::from(news.said.is_none())),
        said.map_or(Value::Null, Value::Text),
    ];
    match db.query(TAKE, params).await {
        Ok(rows) if rows.first().and_then(|row| row.first()) == Some(&Value::Integer(0)) => Ok(Taken::Older),
        Ok(_) => Ok(Taken::Newer),
        Err(DbError::Unique(_)) => Ok(Taken::Before),
        Err(fault) => Err(fault),
    }
}

/// A user of whom there is news, and their account. `None`: nobody has ever told of them.
///
/// # Errors
/// Of the store.
pub async fn told(db: &impl Db, key: &IdentityKey) -> Result<Option<IdentityFacts>, DbError> {
    let rows = db.query(TOLD, vec![text(key), text(policy::preset_hashes_json())]).await?;
    if rows.is_empty() { Ok(None) } else { read_json(&rows).map(Some) }
}

/// Makes the account with the address theirs, or a new one: `user` is its id then. Whether that was done; if not, the facts have moved on.
///
/// # Errors
/// Of the store.
pub async fn enter(
    db: &impl Db,
    told: &IdentityFacts,
    profile: &Profile,
    user: &UserId,
    now: i64,
) -> Result<bool, DbError> {
    write(db, ENTER, told, profile, user, now, Vec::new()).await
}

/// Gives their account another address or name. Whether that was done; if not, the facts have moved on.
///
/// # Errors
/// Of the store.
pub async fn change(
    db: &impl Db,
    told: &IdentityFacts,
    profile: &Profile,
    user: &UserId,
    now: i64,
) -> Result<bool, DbError> {
    let Some(who) = &told.who else { return Ok(false) };
    let is_proved = told.said.as_ref().is_some_and(|said| said.is_verified);
    let more = vec![
        Value::Integer(i64::from(is_proved)),
        Value::Integer(i64::try_from(who.address_rev).unwrap_or(i64::MAX)),
        who.display_name.as_ref().map_or(Value::Null, text),
    ];
    write(db, CHANGE, told, profile, user, now, more).await
}

async fn write(
    db: &impl Db,
    sql: &str,
    told: &IdentityFacts,
    profile: &Profile,
    user: &UserId,
    now: i64,
    more: Vec<Value>,
) -> Result<bool, DbError> {
    let mut params = vec![
        text(&told.key),
        rev(told),
        text(user),
        text(&profile.email),
        text(&profile.email_key),
        profile.name.as_ref().map_or(Value::Null, text),
        text(Json::from(profile.words.as_slice())),
        text(&profile.sort_name),
        Value::Integer(now),
    ];
    params.extend(more);
    match db.query(sql, params).await {
        Ok(rows) => Ok(!rows.is_empty()),
        // Somebody else took the address, or made the identity's account, a moment before.
        Err(DbError::Unique(_)) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Remembers that a user who is as they were then is parked, and when to look again; or that nothing is to be done about them, and
/// with that nothing to be kept of them. Whether they still were.
///
/// # Errors
/// Of the store.
pub async fn put_aside(
    db: &impl Db,
    told: &IdentityFacts,
    parked: Option<Parked>,
    now: i64,
    again_at: Option<i64>,
) -> Result<bool, DbError> {
    let params = vec![
        text(&told.key),
        rev(told),
        parked.map_or(Value::Null, |parked| text(parked.as_str())),
        Value::Integer(now),
        again_at.map_or(Value::Null, Value::Integer),
    ];
    Ok(!db.query(PUT_ASIDE, params).await?.is_empty())
}

/// Users whose accounts are to be looked at, the longest overdue first.
///
/// # Errors
/// Of the store.
pub async fn due(db: &impl Db, now: i64, rows_max: i64) -> Result<Vec<IdentityKey>, DbError> {
    read_json(&db.query(DUE, vec![Value::Integer(now), Value::Integer(rows_max)]).await?)
}

/// Users who are parked, the longest parked first, after the one parked at that time.
///
/// # Errors
/// Of the store.
pub async fn parked(db: &impl Db, after: Option<(i64, &str)>, rows_max: i64) -> Result<Vec<IdentityFacts>, DbError> {
    let (at, key) = after.unwrap_or((i64::MIN, ""));
    read_json(&db.query(PARKED, vec![Value::Integer(at), text(key), Value::Integer(rows_max)]).await?)
}

fn rev(told: &IdentityFacts) -> Value {
    Value::Integer(i64::try_from(told.rev).unwrap_or(i64::MAX))
}

/// Parameters: ?1 event, ?2 hash, ?3 now, ?4 identity, ?5 issuer, ?6 subject, ?7 when it happened, ?8 rank, ?9 whether the user is deleted,
/// ?10 the user as they are.
///
/// Of two pieces of news of one moment and one rank the one that comes last stands: their sender does not say which is newer.
pub(crate) const TAKE: &str = "\
INSERT INTO identity_told (event, said_hash, received_at, key, issuer, subject, at, rank, is_deleted, said, is_newer)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
       NOT EXISTS (SELECT 1 FROM identity_news n WHERE n.key = +?4 AND (n.at, n.rank) > (+?7, +?8))
RETURNING is_newer";

/// Another user of the issuer, not deleted, whose account is `$user` as well.
macro_rules! other_user {
    ($user:literal) => {
        concat!(
            "SELECT 1 FROM identity o LEFT JOIN identity_news y ON y.key = o.key WHERE o.user_id = ",
            $user,
            " AND o.issuer = n.issuer AND o.key <> n.key AND y.is_deleted IS NOT 1"
        )
    };
}

/// A user of whom there is news, for the aliases `n` of the news and `u` of the account.
macro_rules! told_json {
    ($belongings:expr, $organizations:expr) => {
        concat!(
            "json_object('key', n.key, 'subject', n.subject, 'rev', n.rev, 'is_due', json(iif(n.due_at IS NULL, 'false', 'true')), \
             'is_deleted', json(iif(n.is_deleted = 1, 'true', 'false')), \
             'has_left', json(iif(n.left_at IS NOT NULL, 'true', 'false')), 'said', json(n.said), 'who', ",
            who_json!(identity_proof!()),
            ", 'holder', h.id, 'is_holder_taken', json(iif(EXISTS (",
            other_user!("h.id"),
            "), 'true', 'false')), 'is_shared', json(iif(EXISTS (",
            other_user!("u.id"),
            "), 'true', 'false')), 'may_join', ",
            may_join_json!("(n.said ->> '$.email_key')", "u.id"),
            ", 'belongings', json(",
            $belongings,
            "), 'organizations', json(",
            $organizations,
            "), 'parked', n.parked, 'parked_at', n.parked_at)"
        )
    };
}

macro_rules! from_news {
    ($news:literal) => {
        concat!(
            " FROM ",
            $news,
            " LEFT JOIN identity i ON i.key = n.key LEFT JOIN user u ON u.id = i.user_id AND u.deleted_at IS NULL \
         LEFT JOIN user h ON h.email_key = n.said ->> '$.email_key'"
        )
    };
}

/// Parameters: ?1 identity, ?2 known policy hashes.
pub(crate) const TOLD: &str = concat!(
    "SELECT ",
    told_json!(
        concat!("CASE WHEN n.is_deleted = 1 AND u.id IS NOT NULL THEN ", belongings_json!("?2"), " END"),
        "'[]'"
    ),
    from_news!("identity_news n"),
    " WHERE n.key = +?1"
);

/// Parameters of this and of [`CHANGE`]: ?1 identity, ?2 its revision, ?3 account, ?4 address and ?5 as it is compared, ?6 name, ?7 words,
/// ?8 what lists are sorted by, ?9 now; of the latter ?10 whether the address is proved, ?11 how many the account had before the present one,
/// ?12 its present name.
pub(crate) const ENTER: &str = concat!(
    "\
INSERT INTO identity_account (outcome, key, issuer, subject, user_id, email, email_key, display_name, words, sort_name, is_proved, at)
SELECT iif(a.id IS NULL, 'made', 'linked'), n.key, n.issuer, n.subject, coalesce(a.id, ?3), ?4, ?5, ?6, ?7, ?8, 1, ?9
FROM identity_news n LEFT JOIN user a ON a.email_key = +?5
WHERE n.key = +?1 AND n.rev = +?2 AND n.is_deleted = 0 AND n.left_at IS NULL
  AND NOT EXISTS (",
    other_user!("a.id"),
    ")
  AND NOT EXISTS (SELECT 1 FROM identity i JOIN user u ON u.id = i.user_id WHERE i.key = n.key AND u.deleted_at IS NULL)
RETURNING user_id"
);

pub(crate) const CHANGE: &str = "\
INSERT INTO identity_account (outcome, key, issuer, subject, user_id, email, email_key, display_name, words, sort_name, is_proved, at)
SELECT 'changed', n.key, n.issuer, n.subject, u.id, ?4, ?5, ?6, ?7, ?8, ?10, ?9
FROM identity_news n JOIN identity i ON i.key = n.key JOIN user u ON u.id = i.user_id
WHERE n.key = +?1 AND n.rev = +?2 AND u.id = +?3 AND u.deleted_at IS NULL AND u.address_rev = +?11 AND u.display_name IS +?12
RETURNING user_id";

pub(crate) const PUT_ASIDE: &str = "\
UPDATE identity_news SET parked = ?3, parked_at = iif(?3 IS NULL, NULL, coalesce(parked_at, ?4)), due_at = ?5,
       said = iif(?3 IS NULL, NULL, said), subject = iif(?3 IS NULL AND (is_deleted = 1 OR left_at IS NOT NULL), NULL, subject)
WHERE key = +?1 AND rev = +?2 RETURNING key";

pub(crate) const DUE: &str = "\
SELECT json_group_array(key) FROM (
  SELECT key FROM identity_news INDEXED BY identity_news_due WHERE due_at <= +?1 ORDER BY due_at LIMIT +?2)";

/// Parameters: ?1 parked then, ?2 identity, ?3 most rows.
pub(crate) const PARKED: &str = concat!(
    "SELECT json_group_array(json(entry)) FROM (SELECT ",
    told_json!(
        "NULL",
        "(SELECT json_group_array(m.org_id) FROM member m WHERE m.user_id = u.id AND m.status = 'active')"
    ),
    " AS entry",
    from_news!("identity_news n INDEXED BY identity_news_parked"),
    " WHERE n.parked IS NOT NULL AND (n.parked_at, n.key) > (+?1, +?2) ORDER BY n.parked_at, n.key LIMIT +?3)"
);
