//! `GET /v1/orgs/{org}/audit`: events and activity as one list by time.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::{AuditEntry, AuditOrder, ListAudit};
use latchkey_edge::{Call, Problem, Reply, db};
use latchkey_store::audit::{List, Order};

use crate::reading::{self, Filters};

pub(crate) async fn list_audit(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListAudit = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let (filters, after) = (Filters::from(&query), reading::after(&page)?);
    let order = match query.order {
        AuditOrder::Newest => Order::NewestFirst,
        AuditOrder::Oldest => Order::OldestFirst,
    };
    let list =
        List { filter: filters.filter(), order, after: after.as_ref(), scope: None, rows_max: page.rows_wanted() };
    let entries = reading::entries(&db().await?, &ask(&call, None), &org, &list).await?;
    let shown = entries.into_iter().map(|entry| (reading::key(&entry.place()), AuditEntry::from(entry)));
    Ok(Reply::page(&page.page(shown.collect())))
}
