//! Mail: what is due, what it says, what became of it.

use std::sync::Arc;

use latchkey_domain::facts::MailFacts;
use latchkey_domain::policy::{self, Policy, PolicyFault};
use latchkey_domain::{MailId, OrgId};
use serde::{Deserialize, Serialize};

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Row, Value};
use crate::read_json;

/// A mail as the outbox knows it: who gets what, and what its secret is derived from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Mail {
    pub id: String,
    pub kind: String,
    /// Empty for one that goes to an audience.
    pub recipient: String,
    /// A permission, or `top_role`.
    pub audience: Option<String>,
    pub attempts: u64,
    /// How often it was sent once more by hand.
    pub retries: u64,
    pub created_at: i64,
    pub subject_id: String,
    pub generation: u64,
    pub facts: Facts,
    /// The deployment key of the code or token; absent once its subject is gone.
    pub key_id: Option<String>,
    pub expires_at: Option<i64>,
    pub invitation_status: Option<String>,
    pub organization_name: Option<String>,
    /// Whether its organization sends e-mails now; `None` for a mail of none.
    pub organization_sends: Option<bool>,
    /// Where the organization's own customers buy more.
    pub upgrade_url: Option<String>,
    /// For an invitation into one project only.
    pub project_name: Option<String>,
    /// Of an invitation.
    pub role: Option<String>,
    /// Whoever invited, or did what the mail is about: a name, or an address.
    pub by: Option<String>,
    /// Whom it is about, if that is a member.
    pub who: Option<String>,
    /// The role of whom it is about.
    pub who_role: Option<String>,
    /// Of the webhook that it is about.
    pub webhook_url: Option<String>,
    policy_hash: Option<String>,
    policy_document: Option<String>,
}

/// What a mail says beyond what can be looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Facts {
    pub role: Option<String>,
    pub was: Option<String>,
    /// As A-labels.
    pub domain: Option<String>,
    pub used: Option<u64>,
    pub seats: Option<u64>,
}

impl Mail {
    /// The rules of its organization; `None` for a mail of none.
    ///
    /// # Errors
    /// A stored policy that cannot be read: a bug of ours.
    pub fn rules(&self) -> Result<Option<Arc<Policy>>, PolicyFault> {
        let hash = self.policy_hash.as_deref();
        hash.map(|hash| policy::load(hash, self.policy_document.as_deref())).transpose()
    }
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tried<'a> {
    pub id: &'a str,
    /// `pending` again, `sent`, `failed` or `dead`.
    pub state: &'static str,
    /// How often it was tried by now: a try that the provider did not look at is none.
    pub attempts: u64,
    pub error: Option<&'a str>,
    pub provider_id: Option<&'a str>,
    /// When it is tried next, or was last.
    pub next_at: i64,
    pub sent_at: Option<i64>,
}

/// Takes what is due at `now` until `until`: nobody else takes it before. Codes first, then the longest overdue. What was tried
/// `attempts_max` times is given up.
///
/// # Errors
/// Of the store.
pub async fn take(
    db: &impl Db,
    lease: &str,
    (now, until): (i64, i64),
    attempts_max: u64,
    rows_max: i64,
) -> Result<Vec<Mail>, DbError> {
    let tries = i64::try_from(attempts_max).unwrap_or(i64::MAX);
    let params =
        vec![text(lease), Value::Integer(now), Value::Integer(until), Value::Integer(rows_max), Value::Integer(tries)];
    let taken: Vec<Row> = db.query(TAKE, params).await?;
    let ids: Vec<&str> = taken.iter().filter_map(still_due).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = serde_json::to_string(&ids).unwrap_or_default();
    read_json(&db.query(TAKEN, vec![text(policy::preset_hashes_json()), text(ids)]).await?)
}

/// The id of a row that was taken and is not given up.
fn still_due(row: &Row) -> Option<&str> {
    match row.as_slice() {
        [Value::Text(id), Value::Text(state)] if state != "dead" => Some(id),
        _ => None,
    }
}

/// Writes down what became of a mail, unless somebody else has taken it meanwhile. Whether it was written.
///
/// # Errors
/// Of the store.
pub async fn record(db: &impl Db, lease: &str, tried: &Tried<'_>) -> Result<bool, DbError> {
    let tried = serde_json::to_string(tried).unwrap_or_default();
    Ok(!db.query(RECORD, vec![text(lease), text(tried)]).await?.is_empty())
}

/// Makes a mail for each active member who has one of these roles, of one that goes to an audience. How many were made; those
/// that are there stay.
///
/// # Errors
/// Of the store.
pub async fn address(db: &impl Db, mail: &str, roles: &[String], now: i64, rows_max: i64) -> Result<usize, DbError> {
    let roles = serde_json::to_string(roles).unwrap_or_default();
    let params = vec![text(mail), text(roles), Value::Integer(now), Value::Integer(rows_max)];
    Ok(db.query(ADDRESS, params).await?.len())
}

/// The mails to one address (as compared) or to anyone, newest first, before the mail of that time and id.
///
/// # Errors
/// Of the store.
pub async fn mails(
    db: &impl Db,
    recipient_key: Option<&str>,
    before: Option<(i64, &str)>,
    rows_max: i64,
) -> Result<Vec<Mail>, DbError> {
    let (at, id) = before.unwrap_or((i64::MAX, ""));
    let mut params = vec![text(policy::preset_hashes_json()), Value::Integer(at), text(id), Value::Integer(rows_max)];
    let sql = match recipient_key {
        None => MAILS,
        Some(key) => {
            params.push(text(key));
            MAILS_TO
        }
    };
    read_json(&db.query(sql, params).await?)
}

/// Which mails of an organization are wanted.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    /// `failed` or `dead`.
    pub undelivered: Option<&'a str>,
    /// Before the one of this time and id.
    pub before: Option<(i64, &'a str)>,
    pub rows_max: i64,
}

/// One page of the organization's mails, the newest first.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    list: &List<'_>,
) -> Result<OrgContext<Vec<MailFacts>>, DbError> {
    let (at, id) = list.before.unwrap_or((i64::MAX, ""));
    let mut more = vec![Value::Integer(at), text(id), Value::Integer(list.rows_max)];
    more.extend(list.undelivered.map(text));
    context::org(db, ask, org, if list.undelivered.is_some() { UNDELIVERED } else { DELIVERIES }, more).await
}

/// A mail of the organization.
///
/// # Errors
/// Of the store.
pub async fn one(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    mail: &MailId,
) -> Result<OrgContext<Option<MailFacts>>, DbError> {
    context::org(db, ask, org, DELIVERY, vec![text(mail)]).await
}

/// Parameters: ?1 lease, ?2 now, ?3 until when, ?4 rows, ?5 tries.
///
/// What somebody waits for goes first. One whose tries are all used up, though nobody said what became of the last, has killed
/// whoever tried it, again and again: it is given up here.
pub(crate) const TAKE: &str = "\
UPDATE outbox SET lease = ?1, next_at = ?3, attempts = attempts + 1, state = iif(attempts >= ?5, 'dead', state),
                  last_error = iif(attempts >= ?5, 'it was never known what became of it', last_error)
WHERE id IN (
  SELECT id FROM (SELECT b.id FROM outbox b INDEXED BY outbox_due WHERE b.state IN ('pending', 'failed') AND b.rank = 0 AND b.next_at <= +?2
                  ORDER BY b.next_at LIMIT +?4)
  UNION ALL
  SELECT id FROM (SELECT b.id FROM outbox b INDEXED BY outbox_due WHERE b.state IN ('pending', 'failed') AND b.rank = 1 AND b.next_at <= +?2
                  ORDER BY b.next_at LIMIT +?4)
  LIMIT +?4)
RETURNING id, state";

/// Parameters: ?1 lease, ?2 what became of it.
pub(crate) const RECORD: &str = "\
UPDATE outbox SET state = ?2 ->> '$.state', attempts = ?2 ->> '$.attempts', last_error = ?2 ->> '$.error', next_at = ?2 ->> '$.next_at', lease = NULL,
                  provider_id = coalesce(?2 ->> '$.provider_id', provider_id), sent_at = coalesce(?2 ->> '$.sent_at', sent_at)
WHERE id = +(?2 ->> '$.id') AND lease = +?1 RETURNING id";

/// Parameters: ?1 the mail with the audience, ?2 roles, ?3 now, ?4 rows.
pub(crate) const ADDRESS: &str = "\
INSERT INTO outbox (id, org_id, kind, subject_id, generation, recipient, recipient_key, made_from, facts, next_at, created_at)
SELECT b.id || ':' || m.id, b.org_id, b.kind, b.subject_id, b.generation, u.email, u.email_key, b.id, b.facts, ?3, ?3
FROM outbox b CROSS JOIN json_each(?2) r
  CROSS JOIN member m INDEXED BY member_by_role ON m.org_id = b.org_id AND m.role = r.value AND m.status = 'active'
  CROSS JOIN user u ON u.id = m.user_id
WHERE b.id = +?1 AND NOT EXISTS (SELECT 1 FROM outbox x WHERE x.id = b.id || ':' || m.id)
LIMIT +?4 RETURNING id";

// Parameter: ?1 the hashes of policies whose documents need not be returned.
macro_rules! mails {
    ($from:literal, $where:literal, $order:literal) => {
        concat!(
            "SELECT json_group_array(json(entry)) FROM (
  SELECT json_object('id', b.id, 'kind', b.kind, 'recipient', b.recipient, 'audience', b.audience, 'attempts', b.attempts, 'retries', b.retries,
                     'created_at', b.created_at, 'subject_id', b.subject_id, 'generation', b.generation, 'facts', json(b.facts),
                     'key_id', coalesce(c.key_id, i.key_id), 'expires_at', coalesce(c.expires_at, i.expires_at),
                     'invitation_status', i.status,
                     'organization_name', o.name, 'organization_sends', json(CASE o.email_notifications WHEN 1 THEN 'true' WHEN 0 THEN 'false' END), 'upgrade_url', o.upgrade_url, 'project_name', p.name, 'role', i.role,
                     'by', coalesce(vu.display_name, nullif(vu.email, '')), 'who', coalesce(wu.display_name, nullif(wu.email, '')),
                     'who_role', w.role, 'webhook_url', (SELECT x.url FROM webhook x WHERE x.id = b.subject_id), 'policy_hash', o.policy_hash,
                     'policy_document', iif(o.policy_hash IN (SELECT value FROM json_each(?1)), NULL, q.document)) AS entry
  FROM ",
            $from,
            "
  LEFT JOIN sign_in_code c ON b.kind = 'sign_in_code' AND c.id = b.subject_id
  LEFT JOIN invitation i ON b.kind = 'invitation' AND i.id = b.subject_id AND i.generation = b.generation
  LEFT JOIN org o ON o.id = b.org_id AND o.deleted_at IS NULL
  LEFT JOIN policy q ON q.hash = o.policy_hash
  LEFT JOIN project p ON p.id = i.project_id
  LEFT JOIN member v ON v.id = i.invited_by
  LEFT JOIN user vu ON vu.id = coalesce(v.user_id, b.facts ->> '$.by')
  LEFT JOIN member w ON w.id = b.subject_id
  LEFT JOIN user wu ON wu.id = w.user_id
  WHERE ",
            $where,
            $order,
            ")"
        )
    };
}

/// Parameter: ?2 their ids.
pub(crate) const TAKEN: &str = mails!("json_each(?2) t CROSS JOIN outbox b ON b.id = t.value", "1", "");
pub(crate) const MAILS: &str = mails!(
    "outbox b",
    "b.audience IS NULL AND (b.created_at, b.id) < (?2, ?3)",
    " ORDER BY b.created_at DESC, b.id DESC LIMIT +?4"
);
pub(crate) const MAILS_TO: &str = mails!(
    "outbox b",
    "b.recipient_key = +?5 AND (b.created_at, b.id) < (?2, ?3)",
    " ORDER BY b.created_at DESC, b.id DESC LIMIT +?4"
);

/// A mail as [`MailFacts`], for an alias of the outbox.
macro_rules! mail_json {
    ($b:literal) => {
        concat!(
            "json_object('id', ",
            $b,
            ".id, 'kind', ",
            $b,
            ".kind, 'recipient', ",
            $b,
            ".recipient, 'subject_id', ",
            $b,
            ".subject_id, 'state', ",
            $b,
            ".state, 'last_error', ",
            $b,
            ".last_error, 'attempts', ",
            $b,
            ".attempts, 'retries', ",
            $b,
            ".retries, 'is_taken', json(iif(",
            $b,
            ".lease IS NULL, 'false', 'true')), 'invited_role', (SELECT i.role FROM invitation i WHERE i.id = ",
            $b,
            ".subject_id), 'next_at', ",
            $b,
            ".next_at, 'sent_at', ",
            $b,
            ".sent_at, 'created_at', ",
            $b,
            ".created_at)"
        )
    };
}

pub(crate) const DELIVERY: &str = org_context!(concat!(
    "(SELECT ",
    mail_json!("t"),
    " FROM outbox t WHERE t.id = +?6 AND t.org_id = +?4 AND t.audience IS NULL)"
));

macro_rules! deliveries {
    ($index:literal, $where:literal) => {
        org_context!(concat!(
            "(SELECT ",
            json_list!("entry"),
            " FROM (SELECT ",
            mail_json!("t"),
            " AS entry FROM outbox t INDEXED BY ",
            $index,
            " WHERE t.org_id = +?4 AND (t.created_at, t.id) < (?6, ?7) AND t.audience IS NULL",
            $where,
            " ORDER BY t.created_at DESC, t.id DESC LIMIT +?8))"
        ))
    };
}

pub(crate) const DELIVERIES: &str = deliveries!("outbox_by_org", "");
pub(crate) const UNDELIVERED: &str =
    deliveries!("outbox_undelivered", " AND t.state IN ('failed', 'dead') AND t.state = +?9");
