//! What happened in an organization: its log and its activity as one list by time.

use latchkey_domain::{OrgId, search};
use serde::Deserialize;

use crate::context::{self, Ask, OrgContext, text};
use crate::db::{Db, DbError, Value};

pub(crate) mod sql;

/// An event, or a row of activity.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Entry {
    pub id: String,
    /// An event's place in the log; activity has none.
    pub version: Option<u64>,
    #[serde(rename = "type")]
    pub kind: String,
    pub at: i64,
    /// The time by which it stands in the list.
    pub effective_at: i64,
    /// The id of a user or of a key, `invitation:<id>`, `operator` or `system`.
    pub actor: String,
    pub actor_email: Option<String>,
    /// The name of the person or of the key.
    pub actor_display_name: Option<String>,
    pub target: Option<String>,
    /// Absent once erased.
    pub data: Option<serde_json::Value>,
    /// Of an event.
    pub leaf: Option<String>,
    /// Of activity: in whose name it was.
    pub member: Option<String>,
    pub target_type: Option<String>,
    pub project: Option<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub received_at: Option<i64>,
}

/// What is wanted of events and activity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wanted {
    #[default]
    Both,
    Events,
    Activity,
}

/// Which entries are wanted; all conditions hold together.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    pub wanted: Wanted,
    pub actor: Option<&'a str>,
    pub kind: Option<&'a str>,
    pub target: Option<&'a str>,
    pub project: Option<&'a str>,
    /// As a person typed it: a name or an address of who acted, or of the member it was about.
    pub search: Option<&'a str>,
    /// Milliseconds since 1970, inclusive.
    pub since: Option<i64>,
    /// Milliseconds since 1970, exclusive.
    pub until: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    NewestFirst,
    OldestFirst,
}

/// An entry's place in the list: by time, at one time events before activity, and each of them in its own order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Event { at: i64, version: u64 },
    Activity { at: i64, id: String },
}

/// Whose entries are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everybody's: `audit.read`.
    All,
    /// What the person did, and what was done in their name: `audit.read_own`.
    Own,
}

/// Entries, or how many there are, and whose they are.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Scoped<T> {
    pub scope: Scope,
    pub entries: T,
}

pub type Entries = Scoped<Vec<Entry>>;
pub type Total = Scoped<u64>;

/// A part of the list.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    pub filter: Filter<'a>,
    pub order: Order,
    /// After this entry; from the beginning without.
    pub after: Option<&'a Place>,
    /// Whose entries; without, the role of whoever asks decides, as far as SQL can tell. What it has come to stands in the answer
    /// and is for the caller to judge: keys may have less than their holder's role.
    pub scope: Option<Scope>,
    pub rows_max: i64,
}

impl Entry {
    pub fn place(&self) -> Place {
        match self.version {
            Some(version) => Place::Event { at: self.effective_at, version },
            None => Place::Activity { at: self.effective_at, id: self.id.clone() },
        }
    }
}

/// One page of the list.
///
/// # Errors
/// Of the store.
pub async fn list(db: &impl Db, ask: &Ask<'_>, org: &OrgId, list: &List<'_>) -> Result<OrgContext<Entries>, DbError> {
    let lead = Lead::of(&list.filter);
    let sql = match list.order {
        Order::NewestFirst => lead.newest_first(),
        Order::OldestFirst => lead.oldest_first(),
    };
    context::org(db, ask, org, sql, params(list)).await
}

/// How many entries the list has from its place on, in the order of the oldest first.
///
/// # Errors
/// Of the store.
pub async fn total(db: &impl Db, ask: &Ask<'_>, org: &OrgId, list: &List<'_>) -> Result<OrgContext<Total>, DbError> {
    context::org(db, ask, org, Lead::of(&list.filter).total(), params(list)).await
}

/// The filter whose index leads: the narrowest one that is set. The others then only look at what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    Time,
    Actor,
    Type,
    Target,
    Project,
    Search,
}

impl Lead {
    fn of(filter: &Filter<'_>) -> Self {
        match filter {
            Filter { target: Some(_), .. } => Self::Target,
            Filter { project: Some(_), .. } => Self::Project,
            Filter { actor: Some(_), .. } => Self::Actor,
            Filter { search: Some(_), .. } => Self::Search,
            Filter { kind: Some(_), .. } => Self::Type,
            _ => Self::Time,
        }
    }
}

/// The parameters of every statement here, from ?6 on.
fn params(list: &List<'_>) -> Vec<Value> {
    let Filter { wanted, actor, kind, target, project, search, .. } = list.filter;
    let rows = |is_wanted: bool| Value::Integer(if is_wanted { list.rows_max } else { 0 });
    let optional = |value: Option<&str>| value.map_or(Value::Null, text);
    let bounds = Bounds::of(list);
    // Where nothing is left to look for, nothing is found: above every text there is.
    let prefix = search.map(|text| search::query(text).unwrap_or_else(|| LAST.to_owned()));
    let end = prefix.as_ref().map(|prefix| format!("{prefix}{LAST}"));
    let scope = list.scope.map(|scope| if scope == Scope::All { "all" } else { "own" });
    let version = |version: u64| Value::Integer(i64::try_from(version).unwrap_or(i64::MAX));
    vec![
        Value::Integer(list.rows_max),
        rows(wanted != Wanted::Activity),
        rows(wanted != Wanted::Events),
        version(bounds.versions.0),
        version(bounds.versions.1),
        Value::Integer(bounds.since),
        Value::Integer(bounds.until),
        Value::Integer(bounds.activity.0.0),
        text(&bounds.activity.0.1),
        Value::Integer(bounds.activity.1.0),
        text(&bounds.activity.1.1),
        optional(actor),
        optional(kind),
        optional(target),
        optional(project),
        optional(prefix.as_deref()),
        optional(end.as_deref()),
        optional(scope),
    ]
}

/// The largest character: as SQLite compares text, by its bytes, above all that begins otherwise.
const LAST: &str = "\u{10ffff}";

/// Between what the part of the list lies, for each of the tables in its own key.
struct Bounds {
    /// Versions after the first and before the second.
    versions: (u64, u64),
    /// Of events: from this time on, and before that.
    since: i64,
    until: i64,
    /// Of activity: after the first key and before the second.
    activity: ((i64, String), (i64, String)),
}

impl Bounds {
    fn of(list: &List<'_>) -> Self {
        let (since, until) = (list.filter.since.unwrap_or(i64::MIN), list.filter.until.unwrap_or(i64::MAX));
        let first = |at: i64| (at, String::new());
        let mut bounds = Self { versions: (0, u64::MAX), since, until, activity: (first(since), first(until)) };
        let (versions, (low, high)) = (&mut bounds.versions, &mut bounds.activity);
        match (list.order, list.after) {
            (_, None) => {}
            (Order::NewestFirst, Some(Place::Event { at, version })) => {
                versions.1 = *version;
                *high = first(until.min(*at));
            }
            (Order::NewestFirst, Some(Place::Activity { at, id })) => {
                bounds.until = until.min(at.saturating_add(1));
                *high = high.clone().min((*at, id.clone()));
            }
            (Order::OldestFirst, Some(Place::Event { at, version })) => {
                versions.0 = *version;
                *low = first(since.max(*at));
            }
            (Order::OldestFirst, Some(Place::Activity { at, id })) => {
                bounds.since = since.max(at.saturating_add(1));
                *low = low.clone().max((*at, id.clone()));
            }
        }
        bounds
    }
}
