//! Signing in by what others say: what was begun at an identity provider, and whom an issuer has vouched for.

use latchkey_domain::identity::IdentityKey;
use latchkey_domain::{Email, InvitationId, OidcStateId, SessionId, UserId};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::account::SignedIn;
use crate::context::text;
use crate::db::{Db, DbError, Value};
use crate::read_json;

/// How often a sign-in is judged again when another one made the same account at the same moment.
const JUDGED_MAX: usize = 3;

/// A sign-in that begins.
#[derive(Debug, Clone, Copy)]
pub struct Beginning<'a> {
    pub id: &'a OidcStateId,
    pub provider: &'a str,
    /// Lower-case hex of SHA-256 over the browser's cookie.
    pub browser_hash: &'a str,
    pub key_id: &'a str,
    pub return_to: &'a str,
    pub invitation: Option<&'a InvitationId>,
    /// Milliseconds since 1970.
    pub now: i64,
    pub expires_at: i64,
}

/// A sign-in that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Begun {
    pub key_id: String,
    pub return_to: String,
    pub invitation: Option<InvitationId>,
}

/// Remembers a sign-in that begins.
///
/// # Errors
/// Of the store.
pub async fn begin(db: &impl Db, beginning: &Beginning<'_>) -> Result<(), DbError> {
    let params = vec![
        text(beginning.id),
        text(beginning.provider),
        text(beginning.browser_hash),
        text(beginning.key_id),
        text(beginning.return_to),
        beginning.invitation.map_or(Value::Null, text),
        Value::Integer(beginning.now),
        Value::Integer(beginning.expires_at),
    ];
    db.query(BEGIN, params).await.map(drop)
}

/// Takes a sign-in that was begun by this browser at this provider: once. `None`: there is none, or none any more. Whoever asks
/// with another browser, or for another provider, takes nothing away.
///
/// # Errors
/// Of the store.
pub async fn take(
    db: &impl Db,
    id: &OidcStateId,
    provider: &str,
    browser_hash: &str,
    now: i64,
) -> Result<Option<Begun>, DbError> {
    let rows = db.query(TAKE, vec![text(id), text(provider), text(browser_hash), Value::Integer(now)]).await?;
    if rows.is_empty() { Ok(None) } else { read_json(&rows).map(Some) }
}

/// A person whom an issuer has vouched for, and the session that is to be theirs.
#[derive(Debug, Clone, Copy)]
pub struct Vouched<'a> {
    pub issuer: &'a str,
    pub subject: &'a str,
    /// Only one that the issuer has verified.
    pub email: Option<&'a Email>,
    pub display_name: Option<&'a str>,
    /// What the person is found by, if an account is made.
    pub words: &'a [String],
    pub sort_name: &'a str,
    pub by: Means,
    /// When the issuer made its token.
    pub issued_at: i64,
    /// When the person last showed the issuer who they are.
    pub authenticated_at: i64,
    /// The account's id, if one is made.
    pub user: &'a UserId,
    pub session: &'a SessionId,
    pub token_hash: &'a str,
    /// All in milliseconds since 1970.
    pub now: i64,
    pub expires_at: i64,
}

/// By what somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// By hand, at an identity provider.
    Oidc,
    /// By a token that a program sends.
    Jwt,
}

impl Means {
    fn as_str(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Jwt => "jwt",
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// The session is open.
    In(SignedIn),
    /// Nobody is known by that name, and the issuer has verified no address.
    AddressUnverified,
    /// The account was deleted.
    AccountDeleted,
    /// The token's session was ended.
    Ended,
}

#[derive(Deserialize)]
struct Judged {
    outcome: String,
    me: Json,
}

/// Opens the session of a person whom an issuer has vouched for, in the account that is theirs: the one that this identity has had
/// before, or else the one with the verified address, or else a new one. What was deleted, here or at the issuer, is opened by nothing
/// that was issued before, and by no program's token at all, unless the person has made another account with that address.
///
/// # Errors
/// Of the store.
pub async fn arrive(db: &impl Db, vouched: &Vouched<'_>) -> Result<Arrival, DbError> {
    let email = |form: fn(&Email) -> &str| vouched.email.map_or(Value::Null, |email| text(form(email)));
    let params = vec![
        text(IdentityKey::of(vouched.issuer, vouched.subject)),
        text(vouched.issuer),
        text(vouched.subject),
        email(Email::typed),
        email(Email::key),
        text(vouched.user),
        vouched.display_name.map_or(Value::Null, text),
        text(Json::from(vouched.words)),
        text(vouched.sort_name),
        text(vouched.session),
        text(vouched.token_hash),
        Value::Integer(vouched.now),
        Value::Integer(vouched.expires_at),
        text(vouched.by.as_str()),
        Value::Integer(vouched.issued_at),
        Value::Integer(vouched.authenticated_at),
    ];
    let mut judged = db.query(ARRIVE, params.clone()).await;
    for _ in 1..JUDGED_MAX {
        if !matches!(judged, Err(DbError::Unique(_))) {
            break;
        }
        judged = db.query(ARRIVE, params.clone()).await;
    }
    let Judged { outcome, me } = read_json(&judged?)?;
    Ok(match outcome.as_str() {
        "unverified" => Arrival::AddressUnverified,
        "deleted" => Arrival::AccountDeleted,
        "ended" => Arrival::Ended,
        _ => Arrival::In(serde_json::from_value(me).map_err(|fault| DbError::Broken(fault.to_string()))?),
    })
}

pub(crate) const BEGIN: &str = "\
INSERT INTO oidc_state (id, provider, browser_hash, key_id, return_to, invitation_id, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

pub(crate) const TAKE: &str = "\
DELETE FROM oidc_state WHERE id = +?1 AND provider = +?2 AND browser_hash = +?3 AND expires_at > +?4
RETURNING json_object('key_id', key_id, 'return_to', return_to, 'invitation', invitation_id)";

/// Parameters: ?1 identity, ?2 issuer, ?3 subject, ?4 address and ?5 as it is compared, both only if verified, ?6 new account, ?7 name,
/// ?8 words, ?9 what lists are sorted by, ?10 session, ?11 token hash, ?12 now, ?13 the session's end, ?14 by what, ?15 when the token
/// was issued, ?16 when the person showed who they are.
pub(crate) const ARRIVE: &str = concat!(
    "\
INSERT INTO vouched_sign_in (outcome, key, issuer, subject, user_id, email, email_key, display_name, words, sort_name, session_id, token_hash,
  method, authenticated_at, at, expires_at, me)
SELECT CASE
         WHEN s.id IS NOT NULL AND s.ended_at IS NULL AND s.expires_at > +?12 THEN 'open'
         WHEN s.id IS NOT NULL THEN 'ended'
         WHEN i.ended_at >= ?15 OR n.ended_at >= ?15 OR (n.is_deleted = 1 AND ?14 = 'jwt') THEN 'deleted'
         WHEN k.id IS NOT NULL THEN 'known'
         WHEN ?5 IS NULL THEN 'unverified'
         WHEN a.id IS NOT NULL THEN 'linked'
         WHEN i.ended_at IS NOT NULL AND ?14 = 'jwt' THEN 'deleted'
         ELSE 'made' END,
       ?1, ?2, ?3, coalesce(su.id, k.id, a.id, ?6), ?4, ?5, ?7, ?8, ?9, ?10, ?11, ?14, ?16, ?12, ?13,
       json_object('id', coalesce(su.id, k.id, a.id, ?6), 'email', coalesce(su.email, k.email, a.email, ?4, ''),
                   'display_name', CASE WHEN coalesce(su.id, k.id, a.id) IS NULL THEN ?7 ELSE coalesce(su.display_name, k.display_name, a.display_name) END,
                   'created_at', coalesce(su.created_at, k.created_at, a.created_at, ?12),
                   'may_join', ",
    may_join_json!("?5", "coalesce(k.id, a.id)"),
    ")
FROM (SELECT 1) one
LEFT JOIN session s ON s.token_hash = +?11
LEFT JOIN user su ON su.id = s.user_id
LEFT JOIN identity i ON i.key = +?1
LEFT JOIN identity_news n ON n.key = +?1
LEFT JOIN user k ON k.id = i.user_id AND k.deleted_at IS NULL
LEFT JOIN user a ON a.email_key = +?5
RETURNING json_object('outcome', outcome, 'me', json(me))"
);
