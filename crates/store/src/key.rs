//! API keys: the contexts of their operations, the list of them, verification, and their use.

use std::collections::BTreeMap;

use latchkey_domain::facts::{KeyFacts, MemberFacts, ProjectFacts};
use latchkey_domain::key::KeyPower;
use latchkey_domain::policy;
use latchkey_domain::{ActivityId, ApiKeyId, MemberId, OrgId, ProjectId};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};
use crate::read_json;

/// What making a key rests on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NewKeyFacts {
    /// Who is to hold it.
    pub holder: Option<MemberFacts>,
    /// The project it is to be for.
    pub project: Option<ProjectFacts>,
}

/// What changing a key rests on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OneKeyFacts {
    pub key: Option<KeyFacts>,
    pub holder: Option<MemberFacts>,
}

/// What ending a membership rests on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LeavingFacts {
    pub target: Option<MemberFacts>,
    /// The active keys that the target holds.
    pub keys: Vec<KeyFacts>,
    /// Who takes keys over, if that is anybody but the asker.
    pub adopter: Option<MemberFacts>,
}

/// Which keys are wanted.
#[derive(Debug, Clone, Copy)]
pub struct KeyList<'a> {
    pub whose: Whose<'a>,
    /// `active`, `revoked` or `expired`.
    pub status: Option<&'a str>,
    /// Before that place; newest first.
    pub before: Option<u64>,
    pub rows_max: i64,
}

/// Whose keys are wanted.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// The asker's.
    Own,
    Of(&'a MemberId),
    Any,
}

/// The holder and the project of a key that is to be made; the asker holds it unless another is named.
///
/// # Errors
/// Of the store.
pub async fn new(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    holder: Option<&MemberId>,
    project: Option<&ProjectId>,
) -> Result<OrgContext<NewKeyFacts>, DbError> {
    let more = vec![holder.map_or(Value::Null, text), project.map_or(Value::Null, text)];
    context::org(db, ask, org, NEW_KEY, more).await
}

/// One key of the organization, of any status.
///
/// # Errors
/// Of the store.
pub async fn one(db: &impl Db, ask: &Ask<'_>, org: &OrgId, key: &ApiKeyId) -> Result<OrgContext<OneKeyFacts>, DbError> {
    context::org(db, ask, org, KEY, vec![text(key)]).await
}

/// A member who goes, with the keys that they hold, and whoever may take these over. Without a target, the asker goes.
///
/// # Errors
/// Of the store.
pub async fn leaving(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    target: Option<&MemberId>,
    adopter: Option<&MemberId>,
) -> Result<OrgContext<LeavingFacts>, DbError> {
    let more = vec![target.map_or(Value::Null, text), adopter.map_or(Value::Null, text)];
    context::org(db, ask, org, LEAVING, more).await
}

/// One page of keys, the newest first.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    list: &KeyList<'_>,
) -> Result<OrgContext<Vec<KeyFacts>>, DbError> {
    let before = list.before.map_or(i64::MAX, |place| i64::try_from(place).unwrap_or(i64::MAX));
    let mut more = vec![Value::Integer(before), Value::Integer(list.rows_max)];
    let status = list.status.map_or(Value::Null, text);
    let sql = match (list.whose, list.status) {
        (Whose::Own, _) => {
            more.extend([Value::Null, status]);
            KEYS_OF
        }
        (Whose::Of(member), _) => {
            more.extend([text(member), status]);
            KEYS_OF
        }
        (Whose::Any, Some(_)) => {
            more.push(status);
            KEYS_BY_STATUS
        }
        (Whose::Any, None) => KEYS,
    };
    context::org(db, ask, org, sql, more).await
}

/// A key that is shown to be verified.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// Lower-case hex of the key's SHA-256.
    pub token_hash: &'a str,
    /// Of the key that asks; `None`: the operator asks.
    pub asker: Option<&'a str>,
    /// The right that an asking key must have.
    pub right: &'a str,
    /// Of the row that records the use.
    pub id: &'a ActivityId,
    pub ip: Option<&'a str>,
    pub user_agent: Option<&'a str>,
    /// What else is recorded of the use.
    pub data: &'a Json,
    /// What the key is to be used upon.
    pub resource: Option<&'a str>,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// What the store says of a key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Verified {
    /// `valid`, or why not; of an asking key that may not ask `unauthenticated`, `of_a_project`, `too_many` or `forbidden`.
    pub verdict: String,
    /// Absent for a key that is not known, or not the asker's to know of.
    pub key: Option<VerifiedKey>,
    /// When the asking key may ask again, if its own rate is used up.
    #[serde(default)]
    pub asker_until: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct VerifiedKey {
    pub id: ApiKeyId,
    pub name: String,
    pub label: String,
    pub org: OrgId,
    pub org_name: String,
    pub policy_hash: String,
    pub policy_document: Option<String>,
    pub member: MemberId,
    pub user: String,
    /// The holder's role.
    pub role: String,
    pub power: KeyPower,
    /// What the holder may do to some resources only, by permission: whether the resource is one of them.
    pub restricted: BTreeMap<String, bool>,
    pub project: Option<ProjectId>,
    pub expires_at: Option<i64>,
    /// When the old text of a key that was rotated ends.
    pub valid_until: Option<i64>,
    /// Before this use.
    pub rate: Option<latchkey_domain::facts::RateUse>,
}

impl Verified {
    /// Of what cannot be a key.
    pub fn unknown() -> Self {
        Self { verdict: "unknown".to_owned(), key: None, asker_until: None }
    }
}

/// Judges a key as it is now, and records the use of a valid one, in one statement.
///
/// # Errors
/// Of the store.
pub async fn verify(db: &impl Db, presented: &Presented<'_>) -> Result<Verified, DbError> {
    let params = vec![
        text(presented.id),
        Value::Integer(presented.now),
        text(presented.token_hash),
        presented.ip.map_or(Value::Null, text),
        presented.user_agent.map_or(Value::Null, text),
        text(presented.data),
        text(policy::preset_hashes_json()),
        presented.resource.map_or(Value::Null, text),
    ];
    let rows = match presented.asker {
        None => db.query(VERIFY, params).await?,
        Some(asker) => {
            let asking = [text(asker), text(presented.right)];
            db.query(VERIFY_BY_KEY, params.into_iter().chain(asking).collect()).await?
        }
    };
    read_json(&rows)
}

/// A use of a key that no change records.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    pub id: &'a ActivityId,
    pub token_hash: &'a str,
    /// The organization that was asked about: another organization's log is not written to.
    pub org: Option<&'a OrgId>,
    /// `{operation, ip, user_agent, status}`.
    pub client: &'a Json,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// Records a use, if the key is good.
///
/// # Errors
/// Of the store.
pub async fn record_use(db: &impl Db, used: &Use<'_>) -> Result<(), DbError> {
    let part = |name: &str| used.client.get(name).and_then(Json::as_str).map_or(Value::Null, text);
    let data = json!({"operation": used.client.get("operation"), "status": used.client.get("status")});
    let params = vec![
        text(used.id),
        Value::Integer(used.now),
        text(used.token_hash),
        part("ip"),
        part("user_agent"),
        text(data),
        used.org.map_or(Value::Null, text),
    ];
    db.query(RECORD_USE, params).await.map(drop)
}

pub(crate) const NEW_KEY: &str = org_context!(concat!(
    "json_object('holder', json((SELECT ",
    member_json!("t", "tu"),
    " FROM member t JOIN user tu ON tu.id = t.user_id WHERE t.id = coalesce(?6, m.id) AND t.org_id = +?4)), 'project', json((SELECT ",
    project_json!("p"),
    " FROM project p WHERE p.id = +?7 AND p.org_id = +?4 AND p.status = 'active')))"
));

pub(crate) const KEY: &str = org_context!(concat!(
    "json_object('key', json((SELECT ",
    key_json!("t", "tm", "tu"),
    " FROM api_key t JOIN member tm ON tm.id = t.member_id JOIN user tu ON tu.id = tm.user_id \
     WHERE t.id = +?6 AND t.org_id = +?4)), 'holder', json((SELECT ",
    member_json!("tm", "tu"),
    " FROM api_key t JOIN member tm ON tm.id = t.member_id JOIN user tu ON tu.id = tm.user_id \
     WHERE t.id = +?6 AND t.org_id = +?4)))"
));

pub(crate) const LEAVING: &str = org_context!(concat!(
    "json_object('target', json((SELECT ",
    member_json!("t", "tu", concat!(shown_json!("t", "tu"), ", 'restrictions', json(", restrictions_json!("t"), ")")),
    " FROM member t JOIN user tu ON tu.id = t.user_id WHERE t.id = coalesce(?6, m.id) AND t.org_id = +?4)), 'keys', json((SELECT \
     json_group_array(json(entry)) FROM (SELECT ",
    key_json!("t", "tm", "tu"),
    " AS entry FROM member tm JOIN api_key t ON t.member_id = tm.id JOIN user tu ON tu.id = tm.user_id \
     WHERE tm.id = coalesce(?6, m.id) AND tm.org_id = +?4 AND t.status = 'active' AND t.kept IS NULL ORDER BY t.created_version))), \
     'adopter', json((SELECT ",
    member_json!("t", "tu"),
    " FROM member t JOIN user tu ON tu.id = t.user_id WHERE t.id = coalesce(?7, m.id) AND t.org_id = +?4)))"
));

// Parameters of a list: ?6 before that place, ?7 rows, ?8 the member or the status that leads, ?9 the status besides.
macro_rules! keys {
    ($index:literal, $where:literal) => {
        org_context!(concat!(
            "(SELECT json_group_array(json(entry)) FROM (SELECT ",
            key_json!("t", "tm", "tu"),
            " AS entry FROM api_key t INDEXED BY ",
            $index,
            " CROSS JOIN member tm ON tm.id = t.member_id CROSS JOIN user tu ON tu.id = tm.user_id WHERE ",
            $where,
            " AND t.created_version < +?6 ORDER BY t.created_version DESC LIMIT +?7))"
        ))
    };
}

pub(crate) const KEYS: &str = keys!("api_key_history", "t.org_id = +?4");
pub(crate) const KEYS_BY_STATUS: &str = keys!("api_key_by_status", "t.org_id = +?4 AND t.status = +?8");
pub(crate) const KEYS_OF: &str = keys!(
    "api_key_by_member",
    "t.member_id = coalesce(?8, m.id) AND +t.org_id = +?4 AND +t.status = coalesce(+?9, t.status)"
);

// Parameters: ?1 id of the row, ?2 now, ?3 hash of the key presented, ?4 address, ?5 user agent, ?6 what else is recorded,
// ?7 known policy hashes, ?8 the resource; of an asking key ?9 its hash and ?10 the right it must have.
macro_rules! verify {
    ($asker:expr, $denied:expr, $until:expr, $known:expr) => {
        concat!(
            "INSERT INTO verification (id, at, verdict, org_id, key_id, member_id, project_id, ip, user_agent, data, facts) \
             SELECT id, at, verdict, org_id, key_id, member_id, project_id, ip, user_agent, data, \
             json_object('verdict', verdict, 'key', json(iif(verdict IN ('unknown', 'unauthenticated', 'of_a_project', 'too_many', 'forbidden'), NULL, key)), \
             'asker_until', iif(verdict = 'too_many', until, NULL)) \
             FROM (SELECT ",
            $until,
            " AS until, +?1 AS id, +?2 AS at, k.org_id, k.id AS key_id, k.member_id, k.project_id, +?4 AS ip, +?5 AS user_agent, +?6 AS data, \
             CASE ",
            $denied,
            "WHEN k.id IS NULL OR o.id IS NULL OR NOT (",
            $known,
            ") THEN 'unknown' \
             WHEN k.status = 'revoked' AND k.ended_at = m.ended_at AND o.status = 'active' THEN 'holder_removed' \
             WHEN k.status = 'revoked' THEN 'revoked' \
             WHEN k.status = 'expired' OR k.expires_at <= +?2 THEN 'expired' \
             WHEN ks.valid_until <= +?2 THEN 'rotated' \
             WHEN k.rate_max IS NOT NULL AND w.window_used >= k.rate_max AND w.window_from + 1000 * k.rate_window_s > +?2 THEN 'rate_limited' \
             ELSE 'valid' END AS verdict, \
             json_object('id', k.id, 'name', k.name, 'label', k.label, 'org', o.id, 'org_name', o.name, 'policy_hash', o.policy_hash, \
             'policy_document', (SELECT p.document FROM policy p WHERE p.hash = o.policy_hash AND p.hash NOT IN (SELECT value FROM json_each(?7))), \
             'member', m.id, 'user', m.user_id, 'role', m.role, 'power', json_object('scopes', json(k.scopes), 'kept', json(k.kept)), \
             'restricted', json(",
            restricted_json!("k.member_id", "+?8"),
            "), 'project', k.project_id, 'expires_at', k.expires_at, 'valid_until', ks.valid_until, \
             'rate', json(CASE WHEN k.rate_max IS NOT NULL THEN json_object('max', k.rate_max, 'window_s', k.rate_window_s, \
             'from', w.window_from, 'used', coalesce(w.window_used, 0)) END)) AS key \
             FROM (SELECT 1) one",
            $asker,
            " LEFT JOIN api_key_secret ks ON ks.id = +?3 LEFT JOIN api_key k ON k.id = ks.api_key_id \
             LEFT JOIN org o ON o.id = k.org_id LEFT JOIN member m ON m.id = k.member_id LEFT JOIN api_key_use w ON w.key_id = k.id) \
             WHERE true RETURNING facts"
        )
    };
}

pub(crate) const VERIFY: &str = verify!("", "", "NULL", "1");

// The asking key's right is looked up in its organization's rules, because what it may not ask must not be recorded.
pub(crate) const VERIFY_BY_KEY: &str = verify!(
    " LEFT JOIN api_key_secret aks ON aks.id = +?9 AND (aks.valid_until IS NULL OR aks.valid_until > +?2) \
     LEFT JOIN api_key a ON a.id = aks.api_key_id AND a.status = 'active' AND (a.expires_at IS NULL OR a.expires_at > +?2) \
     LEFT JOIN api_key_use aw ON aw.key_id = a.id LEFT JOIN org ao ON ao.id = a.org_id LEFT JOIN member am ON am.id = a.member_id LEFT JOIN policy ap ON ap.hash = ao.policy_hash",
    "WHEN a.id IS NULL THEN 'unauthenticated' \
     WHEN a.project_id IS NOT NULL THEN 'of_a_project' \
     WHEN aw.window_used >= a.rate_max AND aw.window_from + 1000 * a.rate_window_s > +?2 THEN 'too_many' \
     WHEN NOT EXISTS (SELECT 1 FROM json_each(ap.document, '$.roles') r, json_each(r.value, '$.permissions') p \
       WHERE r.value ->> '$.name' = coalesce(a.kept ->> '$.role', am.role) AND p.value = +?10 AND r.value ->> '$.holds_keys') \
      OR (a.scopes IS NOT NULL AND +?10 NOT IN (SELECT value FROM json_each(a.scopes))) \
      OR (a.kept IS NOT NULL AND +?10 NOT IN (SELECT value FROM json_each(a.kept, '$.permissions'))) THEN 'forbidden' ",
    "aw.window_from + 1000 * a.rate_window_s",
    "k.org_id = a.org_id"
);

// Parameters: ?1 id of the row, ?2 now, ?3 hash of the key, ?4 address, ?5 user agent, ?6 data, ?7 organization asked about.
pub(crate) const RECORD_USE: &str = "\
INSERT INTO activity (org_id, at, id, type, actor, member_id, project_id, ip, user_agent, data, received_at)
SELECT k.org_id, +?2, +?1, 'api_key.used', k.id, k.member_id, k.project_id, +?4, +?5, +?6, +?2
FROM api_key_secret ks JOIN api_key k ON k.id = ks.api_key_id
WHERE ks.id = +?3 AND (ks.valid_until IS NULL OR ks.valid_until > +?2) AND k.status = 'active' AND (k.expires_at IS NULL OR k.expires_at > +?2)
  AND k.org_id = coalesce(+?7, k.org_id)";
