//! The signed tree over a log: its checkpoints, what the next one is made of, what proofs are made of, and the raw events
//! for whoever wants to check for themselves.

use latchkey_domain::OrgId;
use latchkey_domain::checkpoint::{Checkpoint, Extension, StoredNodes, TreeFacts};
use latchkey_domain::secret::hex;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};
use crate::read_json;

/// What an inclusion proof is made of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InclusionFacts {
    /// How many events the newest checkpoint covers; 0 without one.
    pub newest: u64,
    /// The size asked for; otherwise the newest.
    pub size: u64,
    /// The event asked for, if there is one.
    pub version: Option<u64>,
    pub event: Option<String>,
    /// Hex.
    pub leaf: Option<String>,
    pub nodes: StoredNodes,
}

/// What a consistency proof is made of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ConsistencyFacts {
    /// As in [`InclusionFacts`].
    pub newest: u64,
    /// The later size asked for; otherwise the newest.
    pub to: u64,
    pub nodes: StoredNodes,
}

/// An event with everything that its leaf is computed from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct LogEntry {
    pub org: String,
    pub version: u64,
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// Milliseconds since 1970.
    pub at: i64,
    pub actor: String,
    pub target: String,
    /// The text that was hashed; absent once erased.
    pub data: Option<String>,
    /// Hex; absent once erased.
    pub salt: Option<String>,
    pub data_hash: String,
    pub leaf: String,
}

/// Which event a proof is wanted of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    Event(&'a str),
    Version(u64),
}

/// Organizations that have had events without a checkpoint since `before` or longer, the longest waiting first.
///
/// # Errors
/// Of the store.
pub async fn due(db: &impl Db, before: i64, rows_max: i64) -> Result<Vec<OrgId>, DbError> {
    read_json(&db.query(DUE, vec![Value::Integer(before), Value::Integer(rows_max)]).await?)
}

/// Lets an organization wait as if its events were new, so that it keeps no others from their turn.
///
/// # Errors
/// Of the store.
pub async fn put_off(db: &impl Db, org: &OrgId, now: i64) -> Result<(), DbError> {
    db.query(PUT_OFF, vec![text(org), Value::Integer(now)]).await.map(drop)
}

/// What the next checkpoint of an organization is made of.
///
/// # Errors
/// Of the store.
pub async fn tree(db: &impl Db, org: &OrgId, leaves_max: i64) -> Result<TreeFacts, DbError> {
    read_json(&db.query(TREE, vec![text(org), Value::Integer(leaves_max)]).await?)
}

/// The same for somebody who asks.
///
/// # Errors
/// Of the store.
pub async fn tree_asked(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    leaves_max: i64,
) -> Result<OrgContext<TreeFacts>, DbError> {
    context::org(db, ask, org, TREE_ASKED, vec![Value::Integer(leaves_max)]).await
}

/// Keeps a checkpoint and its subtrees; `false` when another was kept meanwhile, and nothing happened.
///
/// # Errors
/// Of the store.
pub async fn keep(db: &impl Db, org: &OrgId, extension: &Extension, made: &Checkpoint) -> Result<bool, DbError> {
    let nodes = extension.nodes.iter().map(|(place, hash)| json!([place.level, place.position, hex(hash)]));
    let params = vec![
        text(org),
        number(extension.from),
        number(made.size),
        text(&made.root),
        Value::Integer(made.at),
        text(&made.key_id),
        text(&made.note),
        text(nodes.collect::<serde_json::Value>()),
    ];
    match db.query(KEEP, params).await {
        Ok(rows) => Ok(!rows.is_empty()),
        Err(DbError::Unique(_)) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// The newest checkpoint.
///
/// # Errors
/// Of the store.
pub async fn newest(db: &impl Db, ask: &Ask<'_>, org: &OrgId) -> Result<OrgContext<Option<Checkpoint>>, DbError> {
    context::org(db, ask, org, NEWEST, Vec::new()).await
}

/// One page of the checkpoints, newest first, before the one of the size `before`.
///
/// # Errors
/// Of the store.
pub async fn list(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    before: Option<u64>,
    rows_max: i64,
) -> Result<OrgContext<Vec<Checkpoint>>, DbError> {
    let before = before.map_or(Value::Integer(i64::MAX), number);
    context::org(db, ask, org, LIST, vec![before, Value::Integer(rows_max)]).await
}

/// What the proof is made of that an event is in the tree of that size, or of the newest.
///
/// # Errors
/// Of the store.
pub async fn inclusion(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    wanted: Wanted<'_>,
    size: Option<u64>,
) -> Result<OrgContext<InclusionFacts>, DbError> {
    let (event, version) = match wanted {
        Wanted::Event(id) => (text(id), Value::Null),
        Wanted::Version(version) => (Value::Null, number(version)),
    };
    context::org(db, ask, org, INCLUSION, vec![event, version, size.map_or(Value::Null, number)]).await
}

/// What the proof is made of that the tree of the size `to`, or the newest, goes on from that of the size `from`.
///
/// # Errors
/// Of the store.
pub async fn consistency(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    from: u64,
    to: Option<u64>,
) -> Result<OrgContext<ConsistencyFacts>, DbError> {
    context::org(db, ask, org, CONSISTENCY, vec![number(from), to.map_or(Value::Null, number)]).await
}

/// The events after that version, oldest first, as they are stored.
///
/// # Errors
/// Of the store.
pub async fn export(
    db: &impl Db,
    ask: &Ask<'_>,
    org: &OrgId,
    after: u64,
    rows_max: i64,
) -> Result<OrgContext<Vec<LogEntry>>, DbError> {
    context::org(db, ask, org, EXPORT, vec![number(after), Value::Integer(rows_max)]).await
}

fn number(value: u64) -> Value {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

pub(crate) const DUE: &str = "\
SELECT json_group_array(org_id) FROM (SELECT d.org_id FROM checkpoint_due d WHERE d.since <= +?1 ORDER BY d.since LIMIT +?2)";

pub(crate) const PUT_OFF: &str = "UPDATE checkpoint_due SET since = +?2 WHERE org_id = +?1";

macro_rules! checkpoint_json {
    ($c:literal) => {
        concat!(
            "json_object('size', ",
            $c,
            ".size, 'root', ",
            $c,
            ".root, 'at', ",
            $c,
            ".at, 'key_id', ",
            $c,
            ".key_id, 'note', ",
            $c,
            ".note)"
        )
    };
}

/// How many events the newest checkpoint of an organization covers.
macro_rules! newest_size {
    ($org:literal) => {
        concat!(
            "coalesce((SELECT c.size FROM checkpoint c WHERE c.org_id = ",
            $org,
            " ORDER BY c.size DESC LIMIT 1), 0)"
        )
    };
}

// As many as numbers have that every reader of JSON keeps exactly.
macro_rules! levels {
    () => {
        "json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,\
         38,39,40,41,42,43,44,45,46,47,48,49,50,51,52]')"
    };
}
/// The places of the complete subtrees of which the tree of `$size`, a column of `t`, consists: one for each binary digit.
macro_rules! peaks {
    ($size:literal) => {
        concat!(
            "SELECT l.value AS level, (t.",
            $size,
            " >> l.value) - 1 AS position FROM t, ",
            levels!(),
            " l WHERE (t.",
            $size,
            " >> l.value) & 1"
        )
    };
}

/// The places of the complete subtrees beside the path to the leaf `$index`, within `t.size`.
macro_rules! beside {
    ($index:literal) => {
        concat!(
            "SELECT level, position FROM (SELECT l.value AS level, (",
            $index,
            " >> l.value) + 1 - 2 * ((",
            $index,
            " >> l.value) & 1) AS position, t.size FROM t, ",
            levels!(),
            " l) WHERE (position + 1) << level <= size"
        )
    };
}

/// The hashes at `$places`, as JSON: each by its key.
macro_rules! nodes_json {
    ($org:literal, $places:expr) => {
        concat!(
            "(SELECT json_group_array(json_array(w.level, w.position, CASE w.level \
             WHEN 0 THEN (SELECT e.leaf FROM event e WHERE e.org_id = ",
            $org,
            " AND e.version = w.position + 1) \
             ELSE (SELECT x.hash FROM log_node x WHERE x.org_id = ",
            $org,
            " AND x.level = w.level AND x.position = w.position) END)) FROM (",
            $places,
            ") w)"
        )
    };
}

macro_rules! tree_json {
    ($org:literal, $leaves_max:literal) => {
        concat!(
            "(WITH t AS MATERIALIZED (SELECT ", newest_size!($org), " AS size) \
             SELECT json_object('version', coalesce((SELECT e.version FROM event e WHERE e.org_id = ", $org,
            " ORDER BY e.version DESC LIMIT 1), 0), 'newest', json((SELECT ", checkpoint_json!("c"),
            " FROM checkpoint c WHERE c.org_id = ", $org, " AND c.size = t.size)), 'nodes', json(", nodes_json!($org, peaks!("size")),
            "), 'leaves', json((SELECT json_group_array(json_array(version, leaf)) FROM (SELECT e.version, e.leaf FROM event e \
             WHERE e.org_id = ", $org, " AND e.version > t.size ORDER BY e.version LIMIT ", $leaves_max, ")))) FROM t)"
        )
    };
}

pub(crate) const TREE: &str = concat!("SELECT ", tree_json!("+?1", "+?2"));
pub(crate) const TREE_ASKED: &str = org_context!(tree_json!("+?4", "+?6"));

/// Parameters: ?1 organization, ?2 the size it goes on from, ?3 size, ?4 root, ?5 time, ?6 deployment key, ?7 note, ?8 subtrees.
pub(crate) const KEEP: &str = concat!(
    "INSERT INTO checkpoint_append (org_id, size, root, at, key_id, note, nodes) SELECT ?1, ?3, ?4, ?5, ?6, ?7, ?8 WHERE ",
    newest_size!("+?1"),
    " = +?2 RETURNING size"
);

pub(crate) const NEWEST: &str = org_context!(concat!(
    "(SELECT ",
    checkpoint_json!("c"),
    " FROM checkpoint c WHERE c.org_id = +?4 ORDER BY c.size DESC LIMIT 1)"
));

pub(crate) const LIST: &str = org_context!(concat!(
    "(SELECT json_group_array(json(entry)) FROM (SELECT ",
    checkpoint_json!("c"),
    " AS entry FROM checkpoint c WHERE c.org_id = +?4 AND c.size < +?6 ORDER BY c.size DESC LIMIT +?7))"
));

// More is read than a proof has in it: on the right border the subtrees that are not complete are put together from those
// of which the whole tree consists.
pub(crate) const INCLUSION: &str = org_context!(concat!(
    "(WITH t AS MATERIALIZED (SELECT n.newest, coalesce(+?8, n.newest) AS size, e.version, e.id, e.leaf FROM (SELECT ",
    newest_size!("+?4"),
    " AS newest) n LEFT JOIN event e ON e.org_id = +?4 \
     AND e.version = coalesce(+?7, (SELECT f.version FROM event f WHERE f.id = +?6 AND f.org_id = +?4))) \
     SELECT json_object('newest', newest, 'size', size, 'version', version, 'event', id, 'leaf', leaf, 'nodes', json(",
    nodes_json!("+?4", concat!(peaks!("size"), " UNION ", beside!("(t.version - 1)"))),
    ")) FROM t)"
));

pub(crate) const CONSISTENCY: &str = org_context!(concat!(
    "(WITH t AS MATERIALIZED (SELECT n.newest, coalesce(+?7, n.newest) AS size, +?6 AS earlier FROM (SELECT ",
    newest_size!("+?4"),
    " AS newest) n) SELECT json_object('newest', newest, 'to', size, 'nodes', json(",
    nodes_json!("+?4", concat!(peaks!("size"), " UNION ", peaks!("earlier"), " UNION ", beside!("(t.earlier - 1)"))),
    ")) FROM t)"
));

pub(crate) const EXPORT: &str = org_context!(
    "(SELECT json_group_array(json(entry)) FROM (SELECT json_object('org', e.org_id, 'version', e.version, 'id', e.id, 'type', e.type, \
     'at', e.at, 'actor', e.actor, 'target', e.target, 'data', e.data, 'salt', e.salt, 'data_hash', e.data_hash, 'leaf', e.leaf) AS entry \
     FROM event e WHERE e.org_id = +?4 AND e.version > +?6 ORDER BY e.version LIMIT +?7))"
);
