//! Accounts, sessions and sign-in codes: plain tables, changed by single statements.

use latchkey_domain::command::NewSession;
use latchkey_domain::{ChallengeId, Email, SessionId, UserId, policy};
use serde::Deserialize;

use crate::context::{self, Ask, NoFacts, PersonContext, text};
use crate::db::{Db, DbError, Value};
use crate::read_json;
use latchkey_domain::facts::{Belongings, Elsewhere, InvitationFacts};

/// How often an address may be sent a code.
#[derive(Debug, Clone, Copy)]
pub struct CodeRate {
    /// To one address, whoever asks.
    pub codes_max: u32,
    /// To one address, asked for from one network: fewer, so that one network cannot use up what others need.
    pub codes_per_client_max: u32,
    pub window_ms: i64,
}

/// A code on its way.
#[derive(Debug, Clone, Copy)]
pub struct NewCode<'a> {
    pub id: &'a ChallengeId,
    pub email: &'a Email,
    /// A keyed hash of the network that asks.
    pub client: &'a str,
    pub key_id: &'a str,
    /// Milliseconds since 1970.
    pub now: i64,
    pub expires_at: i64,
}

/// Whether a code was sent, or the address has had enough of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeSent {
    Sent,
    TooMany,
}

/// Records a code and its mail, unless the address was sent too many lately.
///
/// # Errors
/// Of the store.
pub async fn send_code(db: &impl Db, code: &NewCode<'_>, rate: CodeRate) -> Result<CodeSent, DbError> {
    let params = vec![
        text(code.id),
        text(code.email.typed()),
        text(code.email.key()),
        text(code.key_id),
        Value::Integer(code.now),
        Value::Integer(code.expires_at),
        Value::Integer(code.now - rate.window_ms),
        Value::Integer(i64::from(rate.codes_max)),
        text(code.client),
        Value::Integer(i64::from(rate.codes_per_client_max)),
    ];
    let rows = db.query(SEND_CODE, params).await?;
    Ok(if rows.is_empty() { CodeSent::TooMany } else { CodeSent::Sent })
}

/// When the oldest code of a window was asked for: by that network, or by anyone if it asked for none.
///
/// # Errors
/// Of the store.
pub async fn oldest_code(db: &impl Db, email: &Email, client: &str, since: i64) -> Result<Option<i64>, DbError> {
    let rows = db.query(OLDEST_CODE, vec![text(email.key()), Value::Integer(since), text(client)]).await?;
    Ok(match rows.first().and_then(|row| row.first()) {
        Some(Value::Integer(at)) => Some(*at),
        _ => None,
    })
}

/// A code that may still be tried, with the try already counted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CountedTry {
    pub email_key: String,
    pub key_id: String,
    /// This one included.
    pub tries: u32,
}

/// Counts a try before anything is compared, so that parallel guesses cannot outrun the limit. `None`: no such code any more.
///
/// # Errors
/// Of the store.
pub async fn count_try(
    db: &impl Db,
    id: &ChallengeId,
    now: i64,
    tries_max: u32,
) -> Result<Option<CountedTry>, DbError> {
    let rows = db.query(COUNT_TRY, vec![text(id), Value::Integer(now), Value::Integer(i64::from(tries_max))]).await?;
    if rows.is_empty() { Ok(None) } else { read_json(&rows).map(Some) }
}

/// The account that a sign-in opened or made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SignedIn {
    pub id: UserId,
    pub email: String,
    pub display_name: Option<String>,
    pub created_at: i64,
    /// Whether an organization takes people in by the domain of this address, of which this person is no member.
    #[serde(default)]
    pub may_join: bool,
}

/// Spends a right code: makes the account if there is none, and opens the session. `None`: somebody was faster.
///
/// # Errors
/// Of the store.
pub async fn sign_in(
    db: &impl Db,
    code: &ChallengeId,
    session: &NewSession,
    words: &[String],
    now: i64,
) -> Result<Option<SignedIn>, DbError> {
    let params = vec![
        text(code),
        text(&session.user_id),
        text(serde_json::Value::from(words)),
        text(&session.id),
        text(&session.token_hash),
        Value::Integer(now),
        Value::Integer(session.expires_at),
    ];
    match db.query(SIGN_IN, params).await {
        Ok(rows) if rows.is_empty() => Ok(None),
        Ok(rows) => read_json(&rows).map(Some),
        Err(DbError::Unique(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Ends a session. `None`: it was not open.
///
/// # Errors
/// Of the store.
pub async fn sign_out(db: &impl Db, token_hash: &str, now: i64) -> Result<Option<SessionId>, DbError> {
    let rows = db.query(SIGN_OUT, vec![text(token_hash), Value::Integer(now)]).await?;
    Ok(match rows.first().and_then(|r| r.first()) {
        Some(Value::Text(id)) => SessionId::parse(id),
        _ => None,
    })
}

/// Who asks.
///
/// # Errors
/// Of the store.
pub async fn me(db: &impl Db, ask: &Ask<'_>) -> Result<PersonContext<Option<NoFacts>>, DbError> {
    context::person(db, ask, ME, Vec::new()).await
}

/// All that the person asking is in.
///
/// # Errors
/// Of the store.
pub async fn belongings(db: &impl Db, ask: &Ask<'_>) -> Result<PersonContext<Belongings>, DbError> {
    context::person(db, ask, BELONGINGS, vec![text(policy::preset_hashes_json())]).await
}

/// Who wants to make an organization, and the exclusive one they are in.
///
/// # Errors
/// Of the store.
pub async fn founder(db: &impl Db, ask: &Ask<'_>) -> Result<PersonContext<Option<Elsewhere>>, DbError> {
    context::person(db, ask, FOUNDER, Vec::new()).await
}

/// An open invitation to the person asking.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MyInvitation {
    pub invitation: InvitationFacts,
    pub organization_name: String,
    /// The name of the project, for one into a project only.
    pub project_name: Option<String>,
}

/// The person's open invitations, oldest first, after the id `after`.
///
/// # Errors
/// Of the store.
pub async fn my_invitations(
    db: &impl Db,
    ask: &Ask<'_>,
    after: Option<&str>,
    rows_max: i64,
) -> Result<PersonContext<Vec<MyInvitation>>, DbError> {
    let more = vec![text(after.unwrap_or("")), Value::Integer(rows_max)];
    context::person(db, ask, MY_INVITATIONS, more).await
}

pub(crate) const SEND_CODE: &str = "\
INSERT INTO sign_in_code (id, email, email_key, client, key_id, created_at, expires_at)
SELECT ?1, ?2, ?3, ?9, ?4, ?5, ?6
WHERE (SELECT count(*) FROM (SELECT 1 FROM sign_in_code WHERE email_key = +?3 AND created_at > +?7 LIMIT +?8)) < +?8
  AND (SELECT count(*) FROM (SELECT 1 FROM sign_in_code WHERE email_key = +?3 AND created_at > +?7 AND client = +?9 LIMIT +?10)) < +?10
RETURNING id";

pub(crate) const OLDEST_CODE: &str = "\
SELECT coalesce(min(CASE WHEN client = +?3 THEN created_at END), min(created_at))
FROM sign_in_code WHERE email_key = +?1 AND created_at > +?2";

pub(crate) const COUNT_TRY: &str = "\
UPDATE sign_in_code SET tries = tries + 1
WHERE id = +?1 AND used_at IS NULL AND expires_at > +?2 AND tries < +?3
RETURNING json_object('email_key', email_key, 'key_id', key_id, 'tries', tries)";

pub(crate) const SIGN_IN: &str = concat!(
    "\
INSERT INTO sign_in (code_id, user_id, words, session_id, token_hash, at, expires_at, me)
SELECT c.id, ?2, ?3, ?4, ?5, ?6, ?7,
       json_object('id', coalesce(u.id, ?2), 'email', coalesce(u.email, c.email), 'display_name', u.display_name,
                   'created_at', coalesce(u.created_at, ?6),
                   'may_join', ",
    may_join_json!("c.email_key", "u.id"),
    ")
FROM sign_in_code c LEFT JOIN user u ON u.email_key = c.email_key
WHERE c.id = +?1 AND c.used_at IS NULL
RETURNING me"
);

pub(crate) const SIGN_OUT: &str =
    "UPDATE session SET ended_at = +?2 WHERE token_hash = +?1 AND ended_at IS NULL AND expires_at > +?2 RETURNING id";

pub(crate) const ME: &str = person_context!("NULL");

pub(crate) const BELONGINGS: &str = person_context!(belongings_json!("?4"));
pub(crate) const FOUNDER: &str = person_context!(elsewhere_json!("''"));

pub(crate) const MY_INVITATIONS: &str = person_context!(concat!(
    "(SELECT json_group_array(json(entry)) FROM (SELECT json_object('invitation', json(",
    invitation_json!("i"),
    "), 'organization_name', io.name, 'project_name', ip.name) AS entry FROM invitation i JOIN org io ON io.id = i.org_id \
     LEFT JOIN project ip ON ip.id = i.project_id WHERE i.email_key = u.email_key AND i.status = 'pending' AND i.id > +?4 ORDER BY i.id LIMIT +?5))"
));
