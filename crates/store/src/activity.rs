//! Activity on its way in: a batch is one statement, which says of each item what became of it.

use latchkey_domain::{ActivityId, ApiKeyId, MemberId, OrgId, ProjectId};
use serde::Serialize;
use serde_json::json;

use crate::context::text;
use crate::db::{Db, DbError, Row, Value};

/// An item as it is reported.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// Of the row it becomes.
    pub id: ActivityId,
    /// The reporter's own id.
    pub item_key: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    pub at: i64,
    /// Who acted: one of these, or whoever reports.
    pub member: Option<MemberId>,
    pub key: Option<ApiKeyId>,
    pub target_type: Option<String>,
    pub target: Option<String>,
    pub project: Option<ProjectId>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub data: serde_json::Map<String, serde_json::Value>,
}

/// Who reports, and so acts where an item names nobody.
#[derive(Debug, Clone, Copy)]
pub struct Reporter<'a> {
    pub actor: &'a str,
    pub member: Option<&'a str>,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Recorded,
    /// An item of that id is there already.
    Repeated,
    UnknownMember,
    UnknownKey,
    UnknownProject,
}

impl Outcome {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "recorded" => Self::Recorded,
            "repeated" => Self::Repeated,
            "unknown_member" => Self::UnknownMember,
            "unknown_key" => Self::UnknownKey,
            "unknown_project" => Self::UnknownProject,
            _ => return None,
        })
    }
}

/// Records what is new of a batch. The outcomes stand in the order of the items.
///
/// # Errors
/// Of the store.
pub async fn report(
    db: &impl Db,
    org: &OrgId,
    reporter: &Reporter<'_>,
    items: &[Item],
    now: i64,
) -> Result<Vec<Outcome>, DbError> {
    let member = reporter.member.map_or(Value::Null, text);
    let params = vec![text(org), text(json!(items)), text(reporter.actor), member, Value::Integer(now)];
    let rows = db.query(REPORT, params).await?;
    let mut outcomes: Vec<(i64, Outcome)> = rows.iter().filter_map(outcome).collect();
    if outcomes.len() != items.len() {
        return Err(DbError::Broken(format!("{} items have {} outcomes", items.len(), outcomes.len())));
    }
    outcomes.sort_by_key(|(n, _)| *n);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

fn outcome(row: &Row) -> Option<(i64, Outcome)> {
    match row.as_slice() {
        [Value::Integer(n), Value::Text(outcome)] => Some((*n, Outcome::read(outcome)?)),
        _ => None,
    }
}

/// Parameters: ?1 organization, ?2 items, ?3 who reports and ?4 their membership, ?5 time.
///
/// Whoever was in the organization once can still be reported of: what happened may come late.
pub(crate) const REPORT: &str = "\
INSERT INTO activity_report (n, outcome, org_id, at, id, type, actor, member_id, target_type, target, project_id, ip, user_agent, data,
                             item_key, received_at)
WITH
item AS MATERIALIZED (
  SELECT key AS n, value ->> '$.id' AS id, value ->> '$.item_key' AS item_key, value ->> '$.type' AS type, value ->> '$.at' AS at,
         value ->> '$.member' AS member, value ->> '$.key' AS api_key, value ->> '$.target_type' AS target_type,
         value ->> '$.target' AS target, value ->> '$.project' AS project, value ->> '$.ip' AS ip,
         value ->> '$.user_agent' AS user_agent, value -> '$.data' AS data
  FROM json_each(?2)),
screened AS MATERIALIZED (
  SELECT item.*, m.user_id, k.member_id AS holder, CASE
    WHEN item.member IS NOT NULL AND m.id IS NULL THEN 'unknown_member'
    WHEN item.api_key IS NOT NULL AND k.id IS NULL THEN 'unknown_key'
    WHEN item.project IS NOT NULL AND p.id IS NULL THEN 'unknown_project'
    WHEN item.item_key IS NOT NULL AND EXISTS (SELECT 1 FROM activity x WHERE x.org_id = +?1 AND x.item_key = item.item_key) THEN 'repeated'
    ELSE 'recorded' END AS outcome
  FROM item
  LEFT JOIN member m ON m.id = item.member AND m.org_id = +?1
  LEFT JOIN api_key k ON k.id = item.api_key AND k.org_id = +?1
  LEFT JOIN project p ON p.id = item.project AND p.org_id = +?1)
SELECT n, iif(outcome = 'recorded' AND item_key IS NOT NULL AND row_number() OVER (PARTITION BY item_key, outcome ORDER BY n) > 1,
              'repeated', outcome),
       ?1, at, id, type, coalesce(api_key, user_id, ?3), CASE WHEN api_key IS NOT NULL THEN holder WHEN member IS NOT NULL THEN member ELSE ?4 END,
       target_type, target, project, ip, user_agent, data, item_key, ?5
FROM screened
ORDER BY n
RETURNING n, outcome";
