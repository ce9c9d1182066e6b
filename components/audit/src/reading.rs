//! Reading the audit log: what is asked for, and by whose right.

use latchkey_domain::facts::Actor;
use latchkey_domain::{OrgId, Refusal};
use latchkey_edge::model::{AuditKind, ExportAudit, ListAudit};
use latchkey_edge::{Database, Key, PageRequest, Problem};
use latchkey_store::audit::{self, Entry, Filter, List, Place, Scope, Scoped, Wanted};
use latchkey_store::context::{Ask, OrgContext};
use latchkey_store::db::DbError;

/// A filter that owns its texts, for as long as an export lasts.
pub(crate) struct Filters {
    wanted: Wanted,
    actor: Option<String>,
    kind: Option<String>,
    target: Option<String>,
    project: Option<String>,
    search: Option<String>,
    since: Option<i64>,
    until: Option<i64>,
}

macro_rules! filters_of {
    ($($query:ident)+) => {$(
        impl From<&$query> for Filters {
            fn from(query: &$query) -> Self {
                Self {
                    wanted: match query.kind {
                        None => Wanted::Both,
                        Some(AuditKind::Event) => Wanted::Events,
                        Some(AuditKind::Activity) => Wanted::Activity,
                    },
                    actor: query.actor.as_ref().map(|it| it.0.clone()),
                    kind: query.r#type.as_ref().map(|it| it.0.clone()),
                    target: query.target.as_ref().map(|it| it.0.clone()),
                    project: query.project.as_ref().map(ToString::to_string),
                    search: query.search.as_ref().map(|it| it.0.clone()),
                    since: query.since.map(|at| at.0),
                    until: query.until.map(|at| at.0),
                }
            }
        }
    )+};
}

filters_of! { ListAudit ExportAudit }

impl Filters {
    pub(crate) fn filter(&self) -> Filter<'_> {
        Filter {
            wanted: self.wanted,
            actor: self.actor.as_deref(),
            kind: self.kind.as_deref(),
            target: self.target.as_deref(),
            project: self.project.as_deref(),
            search: self.search.as_deref(),
            since: self.since,
            until: self.until,
        }
    }
}

/// An entry's place as a cursor carries it: its time, and the version of an event or the id of an activity.
pub(crate) fn key(place: &Place) -> Key {
    match place {
        Place::Event { at, version } => Key::new([(*at).into(), (*version).into()]),
        Place::Activity { at, id } => Key::new([(*at).into(), id.as_str().into()]),
    }
}

/// The place that a cursor leads on from.
pub(crate) fn after(page: &PageRequest) -> Result<Option<Place>, Problem> {
    let Some(key) = page.after() else { return Ok(None) };
    let at = key.integer(0)?;
    Ok(Some(match key.text(1) {
        Ok(id) => Place::Activity { at, id: id.to_owned() },
        Err(_) => Place::Event { at, version: u64::try_from(key.integer(1)?).unwrap_or_default() },
    }))
}

/// The entries of a part of the list, as far as whoever asks may read them.
pub(crate) async fn entries(db: &Database, ask: &Ask<'_>, org: &OrgId, list: &List<'_>) -> Result<Vec<Entry>, Problem> {
    seen(list, ask.now, async |list| audit::list(db, ask, org, &list).await).await
}

/// How many entries there are, as far as whoever asks may read them.
pub(crate) async fn total(db: &Database, ask: &Ask<'_>, org: &OrgId, list: &List<'_>) -> Result<u64, Problem> {
    seen(list, ask.now, async |list| audit::total(db, ask, org, &list).await).await
}

async fn seen<'a, T>(
    list: &List<'a>,
    now: i64,
    read: impl AsyncFn(List<'a>) -> Result<OrgContext<Scoped<T>>, DbError>,
) -> Result<T, Problem> {
    let (actor, found) = read(*list).await?.into_actor(now)?;
    let scope = scope(&actor)?;
    if found.scope == scope {
        return Ok(found.entries);
    }
    // A key with less than its holder's role has: which SQL does not look at.
    let (actor, found) = read(List { scope: Some(scope), ..*list }).await?.into_actor(now)?;
    must_be(scope, self::scope(&actor)?)?;
    Ok(found.entries)
}

/// Everybody's, or only one's own.
fn scope(actor: &Actor) -> Result<Scope, Refusal> {
    match actor.require("audit.read") {
        Ok(_) => Ok(Scope::All),
        Err(refusal) => actor.require("audit.read_own").map(|_| Scope::Own).map_err(|_| refusal),
    }
}

/// Between two statements the right may have changed: then nothing of what was read is shown.
fn must_be(asked: Scope, now: Scope) -> Result<(), Problem> {
    if asked == now { Ok(()) } else { Err(Refusal::Contention.into()) }
}
