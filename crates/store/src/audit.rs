//! The log, read as an audit trail: newest first.

use latchkey_domain::OrgId;
use serde::Deserialize;

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};

/// An event as an auditor reads it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Entry {
    pub id: String,
    pub version: u64,
    #[serde(rename = "type")]
    pub kind: String,
    pub at: i64,
    pub effective_at: i64,
    /// A user id, `invitation:<id>`, or `system`.
    pub actor: String,
    pub actor_email: Option<String>,
    pub actor_display_name: Option<String>,
    pub target: String,
    /// Absent once erased.
    pub data: Option<serde_json::Value>,
    pub leaf: String,
}

/// Which events are wanted; all conditions hold together.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    pub actor: Option<&'a str>,
    pub kind: Option<&'a str>,
    pub target: Option<&'a str>,
    /// Milliseconds since 1970, inclusive.
    pub since: Option<i64>,
    /// Milliseconds since 1970, exclusive.
    pub until: Option<i64>,
}

/// One page of the log, newest first, before the version `before`.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    filter: &Filter<'_>,
    before: Option<u64>,
    rows_max: i64,
) -> Result<OrgContext<Vec<Entry>>, DbError> {
    let optional = |value: Option<&str>| value.map_or(Value::Null, text);
    let before = before.map_or(i64::MAX, |v| i64::try_from(v).unwrap_or(i64::MAX));
    let more = vec![
        Value::Integer(before),
        Value::Integer(rows_max),
        optional(filter.actor),
        optional(filter.kind),
        optional(filter.target),
        Value::Integer(filter.since.unwrap_or(i64::MIN)),
        Value::Integer(filter.until.unwrap_or(i64::MAX)),
    ];
    // The narrowest filter that is set leads, by its own index; the others then only look at what it finds.
    let sql = match filter {
        Filter { target: Some(_), .. } => AUDIT_BY_TARGET,
        Filter { actor: Some(_), .. } => AUDIT_BY_ACTOR,
        Filter { kind: Some(_), .. } => AUDIT_BY_TYPE,
        _ => AUDIT,
    };
    context::org(db, ask, org, sql, more).await
}

// Time narrows by version: `effective_at` never shrinks along the log, so the first and the last version of a
// period are one index look-up each, and the page is a range of versions whatever filter leads.
// `INDEXED BY` says which filter leads: without statistics SQLite would walk the whole log instead.
macro_rules! audit {
    ($index:literal, $where:literal) => {
        org_context!(concat!(
            "(SELECT json_group_array(json(entry)) FROM (SELECT json_object('id', e.id, 'version', e.version, 'type', e.type, 'at', e.at, \
             'effective_at', e.effective_at, 'actor', e.actor, 'actor_email', au.email, 'actor_display_name', au.display_name, \
             'target', e.target, 'data', json(e.data), 'leaf', e.leaf) AS entry \
             FROM event e ",
            $index,
            " LEFT JOIN user au ON au.id = e.actor WHERE e.org_id = +?4 AND e.version < +?6 \
             AND e.version >= coalesce((SELECT f.version FROM event f WHERE f.org_id = +?4 AND f.effective_at >= +?11 \
               ORDER BY f.effective_at, f.version LIMIT 1), 9223372036854775807) \
             AND e.version <= coalesce((SELECT f.version FROM event f WHERE f.org_id = +?4 AND f.effective_at < +?12 \
               ORDER BY f.effective_at DESC, f.version DESC LIMIT 1), 0) ",
            $where,
            " ORDER BY e.version DESC LIMIT +?7))"
        ))
    };
}

pub(crate) const AUDIT: &str = audit!(
    "",
    "AND (?8 IS NULL OR +e.actor = +?8) AND (?9 IS NULL OR +e.type = +?9) AND (?10 IS NULL OR +e.target = +?10)"
);
pub(crate) const AUDIT_BY_ACTOR: &str = audit!(
    "INDEXED BY event_by_actor",
    "AND e.actor = +?8 AND (?9 IS NULL OR +e.type = +?9) AND (?10 IS NULL OR +e.target = +?10)"
);
pub(crate) const AUDIT_BY_TYPE: &str = audit!(
    "INDEXED BY event_by_type",
    "AND (?8 IS NULL OR +e.actor = +?8) AND e.type = +?9 AND (?10 IS NULL OR +e.target = +?10)"
);
pub(crate) const AUDIT_BY_TARGET: &str = audit!(
    "INDEXED BY event_by_target",
    "AND (?8 IS NULL OR +e.actor = +?8) AND (?9 IS NULL OR +e.type = +?9) AND e.target = +?10"
);
