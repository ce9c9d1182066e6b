//! Webhooks: the contexts of their operations, what they are told, and what became of telling them.

use latchkey_domain::facts::WebhookFacts;
use latchkey_domain::{OrgId, WebhookId};
use serde::{Deserialize, Serialize};

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Row, Value};
use crate::read_json;

/// What making a webhook rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct NewWebhookFacts {
    /// Webhooks of the organization.
    pub present: u64,
}

/// What telling events again rests on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReplayFacts {
    pub webhook: Option<WebhookFacts>,
    /// The first event at or after the moment asked about, if any.
    pub first_version: Option<u64>,
}

/// An event as it is told to others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Told {
    pub id: String,
    pub org: OrgId,
    pub version: u64,
    #[serde(rename = "type")]
    pub kind: String,
    pub effective_at: i64,
    pub actor: String,
    pub target: String,
    /// `None` once erased.
    pub data: Option<serde_json::Value>,
    /// The membership that it is about, if it is about one.
    pub member: Option<String>,
    /// The person whom it is about, if it is about one.
    pub user: Option<String>,
}

/// A message that is to be sent, and where to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Message {
    pub webhook: WebhookId,
    pub url: String,
    /// Of the endpoint: `on`, or nothing is sent.
    pub status: String,
    pub attempts: u64,
    pub generation: u64,
    pub key_id: String,
    pub old_generation: Option<u64>,
    pub old_key_id: Option<String>,
    pub old_until: Option<i64>,
    /// The version that this endpoint was told of before this one.
    pub previous_version: Option<u64>,
    pub told: Told,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tried<'a> {
    pub webhook: &'a str,
    pub version: u64,
    /// `sent`, `failed` or `dead`.
    pub state: &'static str,
    pub next_at: i64,
    pub tried_at: i64,
    pub took_ms: i64,
    pub status: Option<u16>,
    pub answer: Option<&'a str>,
    pub error: Option<&'a str>,
    /// Since when the endpoint counts as failing, if this try failed; long ago, for one that is gone for good.
    pub failing_since: Option<i64>,
}

/// What became of an event at an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Delivery {
    pub version: u64,
    pub event: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub state: String,
    pub attempts: u64,
    pub next_at: i64,
    pub tried_at: Option<i64>,
    pub took_ms: Option<i64>,
    pub status: Option<u16>,
    pub answer: Option<String>,
    pub error: Option<String>,
}

/// The organization in which a webhook is to be made.
///
/// # Errors
/// Of the store.
pub async fn new(db: &impl Db, ask: &Ask<'_>, org: &OrgId) -> Result<OrgContext<NewWebhookFacts>, DbError> {
    context::org(db, ask, org, NEW_WEBHOOK, Vec::new()).await
}

/// A webhook of the organization.
///
/// # Errors
/// Of the store.
pub async fn one(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    webhook: &WebhookId,
) -> Result<OrgContext<Option<WebhookFacts>>, DbError> {
    context::org(db, ask, org, WEBHOOK, vec![text(webhook)]).await
}

/// The webhooks of the organization, newest first, before the one at that place.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    before: Option<u64>,
    rows_max: i64,
) -> Result<OrgContext<Vec<WebhookFacts>>, DbError> {
    context::org(db, ask, org, WEBHOOKS, vec![place(before), Value::Integer(rows_max)]).await
}

/// A webhook, and where events begin that happened at a moment or later.
///
/// # Errors
/// Of the store.
pub async fn replay(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    webhook: &WebhookId,
    since: i64,
) -> Result<OrgContext<ReplayFacts>, DbError> {
    context::org(db, ask, org, REPLAY, vec![text(webhook), Value::Integer(since)]).await
}

/// What became of events at an endpoint, newest first, before that version; only of those that did not arrive, if a state is given.
///
/// # Errors
/// Of the store.
pub async fn deliveries(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    webhook: &WebhookId,
    undelivered: Option<&str>,
    (before, rows_max): (Option<u64>, i64),
) -> Result<OrgContext<Option<Vec<Delivery>>>, DbError> {
    let mut more = vec![text(webhook), place(before), Value::Integer(rows_max)];
    more.extend(undelivered.map(text));
    context::org(db, ask, org, if undelivered.is_some() { UNDELIVERED } else { DELIVERIES }, more).await
}

/// The organization's events after that version, in their order.
///
/// # Errors
/// Of the store.
pub async fn events(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    after: u64,
    rows_max: i64,
) -> Result<OrgContext<Vec<Told>>, DbError> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    context::org(db, ask, org, EVENTS, vec![Value::Integer(after), Value::Integer(rows_max)]).await
}

/// Takes messages that are due at `now` until `until`, a few of each endpoint, from the endpoint after `last` on.
///
/// # Errors
/// Of the store.
pub async fn take(
    db: &impl Db,
    lease: &str,
    (now, until): (i64, i64),
    last: &str,
    rows_max: i64,
) -> Result<Vec<Message>, DbError> {
    let params = vec![text(lease), Value::Integer(now), Value::Integer(until), text(last), Value::Integer(rows_max)];
    let taken: Vec<Row> = db.query(TAKE, params).await?;
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<serde_json::Value> = taken.iter().filter_map(key_of).collect();
    read_json(&db.query(TAKEN, vec![text(serde_json::Value::from(keys))]).await?)
}

fn key_of(row: &Row) -> Option<serde_json::Value> {
    match row.as_slice() {
        [Value::Text(webhook), Value::Integer(version)] => Some(serde_json::json!([webhook, version])),
        _ => None,
    }
}

/// Writes down what became of a message, unless somebody else has taken it meanwhile.
///
/// # Errors
/// Of the store.
pub async fn record(db: &impl Db, lease: &str, tried: &Tried<'_>) -> Result<bool, DbError> {
    let tried = serde_json::to_string(tried).unwrap_or_default();
    Ok(!db.query(RECORD, vec![text(lease), text(tried)]).await?.is_empty())
}

/// A webhook that has failed for long, with the organization whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Failing {
    pub org: OrgId,
    pub webhook: WebhookFacts,
}

/// The webhooks that are on and at which nothing has arrived since `since` or longer.
///
/// # Errors
/// Of the store.
pub async fn failing(db: &impl Db, since: i64, rows_max: i64) -> Result<Vec<Failing>, DbError> {
    read_json(&db.query(FAILING, vec![Value::Integer(since), Value::Integer(rows_max)]).await?)
}

fn place(before: Option<u64>) -> Value {
    Value::Integer(before.map_or(i64::MAX, |place| i64::try_from(place).unwrap_or(i64::MAX)))
}

/// A webhook as JSON, for an alias of its table.
macro_rules! webhook_json {
    ($w:literal) => {
        concat!(
            "json_object('id', ",
            $w,
            ".id, 'url', ",
            $w,
            ".url, 'description', ",
            $w,
            ".description, 'types', json(",
            $w,
            ".types), 'status', ",
            $w,
            ".status, 'generation', ",
            $w,
            ".generation, 'key_id', ",
            $w,
            ".key_id, 'created_by', ",
            $w,
            ".created_by, 'created_at', ",
            $w,
            ".created_at, 'failing_since', (SELECT f.since FROM webhook_failing f WHERE f.webhook_id = ",
            $w,
            ".id), 'rev', ",
            $w,
            ".rev, 'place', ",
            $w,
            ".created_version)"
        )
    };
}

/// An event as [`Told`]: of the alias `e`, with `m` and `pm` joined by [`told_from`].
macro_rules! told_json {
    () => {
        "json_object('id', e.id, 'org', e.org_id, 'version', e.version, 'type', e.type, 'effective_at', e.effective_at, 'actor', e.actor, \
         'target', e.target, 'data', json(e.data), 'member', m.id, 'user', coalesce(m.user_id, pm.user_id))"
    };
}

/// Whom an event is about: a member, a member of a project, or the member whom its data names.
macro_rules! told_from {
    () => {
        " LEFT JOIN member m ON m.id = coalesce(e.data ->> '$.member', e.target) LEFT JOIN project_member pm ON pm.id = e.target"
    };
}

pub(crate) const NEW_WEBHOOK: &str = org_context!(
    "(SELECT json_object('present', count(*)) FROM webhook t WHERE t.org_id = +?4 AND t.status <> 'deleted')"
);

macro_rules! the_webhook {
    ($what:expr) => {
        concat!("(SELECT ", $what, " FROM webhook t WHERE t.id = +?6 AND t.org_id = +?4 AND t.status <> 'deleted')")
    };
}

pub(crate) const WEBHOOK: &str = org_context!(the_webhook!(webhook_json!("t")));

pub(crate) const WEBHOOKS: &str = org_context!(concat!(
    "(SELECT ",
    json_list!("entry"),
    " FROM (SELECT ",
    webhook_json!("t"),
    " AS entry FROM webhook t WHERE t.org_id = +?4 AND t.status <> 'deleted' AND t.created_version < +?6 \
     ORDER BY t.created_version DESC LIMIT +?7))"
));

pub(crate) const REPLAY: &str = org_context!(concat!(
    "(SELECT json_object('webhook', json(",
    the_webhook!(webhook_json!("t")),
    "), 'first_version', (SELECT e.version FROM event e WHERE e.org_id = +?4 AND e.effective_at >= +?7 \
     ORDER BY e.effective_at, e.version LIMIT 1)))"
));

macro_rules! deliveries {
    ($index:literal, $where:literal) => {
        org_context!(the_webhook!(concat!(
            "(SELECT ",
            json_list!("entry"),
            " FROM (SELECT json_object('version', d.version, 'event', e.id, 'type', e.type, 'state', d.state, 'attempts', d.attempts, \
             'next_at', d.next_at, 'tried_at', d.tried_at, 'took_ms', d.took_ms, 'status', d.status, 'answer', d.answer, 'error', d.error) \
             AS entry FROM webhook_delivery d",
            $index,
            " JOIN event e ON e.org_id = d.org_id AND e.version = d.version WHERE d.webhook_id = t.id AND d.version < +?7",
            $where,
            " ORDER BY d.version DESC LIMIT +?8))"
        )))
    };
}

pub(crate) const DELIVERIES: &str = deliveries!("", "");
pub(crate) const UNDELIVERED: &str =
    deliveries!(" INDEXED BY webhook_delivery_undelivered", " AND d.state IN ('failed', 'dead') AND d.state = +?9");

pub(crate) const EVENTS: &str = org_context!(concat!(
    "(SELECT ",
    json_list!("entry"),
    " FROM (SELECT ",
    told_json!(),
    " AS entry FROM event e",
    told_from!(),
    " WHERE e.org_id = +?4 AND e.version > +?6 ORDER BY e.version LIMIT +?7))"
));

/// Parameters: ?1 lease, ?2 now, ?3 until when, ?4 the endpoint after which to begin, ?5 rows.
///
/// `turn` steps from one endpoint with something to tell to the next, by one look-up each, and ends where enough is taken.
pub(crate) const TAKE: &str = "\
UPDATE webhook_delivery SET lease = ?1, next_at = ?3, attempts = attempts + 1
WHERE (webhook_id, version) IN (
  WITH RECURSIVE turn (id) AS (
    SELECT (SELECT d.webhook_id FROM webhook_delivery d WHERE d.state IN ('pending', 'failed') AND d.webhook_id > ?4
            ORDER BY d.webhook_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.webhook_id FROM webhook_delivery d WHERE d.state IN ('pending', 'failed') AND d.webhook_id > turn.id
            ORDER BY d.webhook_id LIMIT 1)
    FROM turn WHERE turn.id IS NOT NULL)
  SELECT d.webhook_id, d.version
  FROM turn CROSS JOIN webhook_delivery d ON d.webhook_id = turn.id AND d.version IN (
    SELECT x.version FROM webhook_delivery x INDEXED BY webhook_delivery_due
    WHERE x.webhook_id = turn.id AND x.state IN ('pending', 'failed') AND x.next_at <= +?2 ORDER BY x.next_at LIMIT 4)
  LIMIT +?5)
RETURNING webhook_id, version";

/// Parameter: ?1 their endpoints and versions.
pub(crate) const TAKEN: &str = concat!(
    "SELECT json_group_array(json(entry)) FROM (
  SELECT json_object('webhook', w.id, 'url', w.url, 'status', w.status, 'attempts', d.attempts, 'generation', w.generation, 'key_id', w.key_id,
                     'old_generation', w.old_generation, 'old_key_id', w.old_key_id, 'old_until', w.old_until,
                     'previous_version', (SELECT max(p.version) FROM webhook_delivery p WHERE p.webhook_id = d.webhook_id AND p.version < d.version),
                     'told', ",
    told_json!(),
    ") AS entry
  FROM json_each(?1) k CROSS JOIN webhook_delivery d ON d.webhook_id = k.value ->> 0 AND d.version = k.value ->> 1
    CROSS JOIN webhook w ON w.id = d.webhook_id CROSS JOIN event e ON e.org_id = d.org_id AND e.version = d.version",
    told_from!(),
    ")"
);

/// Parameters: ?1 lease, ?2 what became of it.
pub(crate) const RECORD: &str = "\
UPDATE webhook_delivery SET state = ?2 ->> '$.state', next_at = ?2 ->> '$.next_at', lease = NULL, tried_at = ?2 ->> '$.tried_at',
  took_ms = ?2 ->> '$.took_ms', status = ?2 ->> '$.status', answer = ?2 ->> '$.answer', error = ?2 ->> '$.error',
  failing_since = ?2 ->> '$.failing_since'
WHERE webhook_id = +(?2 ->> '$.webhook') AND version = +(?2 ->> '$.version') AND lease = +?1 RETURNING version";

/// Parameters: ?1 since when at the latest, ?2 rows.
pub(crate) const FAILING: &str = concat!(
    "SELECT json_group_array(json(entry)) FROM (SELECT json_object('org', w.org_id, 'webhook', json(",
    webhook_json!("w"),
    ")) AS entry FROM webhook_failing f CROSS JOIN webhook w ON w.id = f.webhook_id
  WHERE f.since <= +?1 AND w.status = 'on' ORDER BY f.since LIMIT +?2)"
);
