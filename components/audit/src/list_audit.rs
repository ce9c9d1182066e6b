//! `GET /v1/orgs/{org}/audit`: what happened, newest first.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::{AuditEvent, ListAudit};
use latchkey_edge::{Call, Key, Problem, Reply, db};
use latchkey_store::audit::{self, Filter};

pub(crate) async fn list_audit(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListAudit = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let before = page.after().map(|key| key.integer(0)).transpose()?.and_then(|version| u64::try_from(version).ok());
    let filter = Filter {
        actor: query.actor.as_ref().map(|id| id.0.as_str()),
        kind: query.r#type.as_ref().map(|kind| kind.0.as_str()),
        target: query.target.as_ref().map(|id| id.0.as_str()),
        since: query.since.map(|at| at.0),
        until: query.until.map(|at| at.0),
    };
    let context = audit::list(&db().await?, &ask(&call, None), &org, &filter, before, page.rows_wanted()).await?;
    let (actor, entries) = context.into_actor(call.now_ms())?;
    actor.require("audit.read")?;
    let entries = entries.into_iter().map(|entry| (Key::new([entry.version.into()]), AuditEvent::from(entry)));
    Ok(Reply::page(&page.page(entries.collect())))
}
