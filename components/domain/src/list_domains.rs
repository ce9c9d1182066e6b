//! `GET /v1/orgs/{org}/domains`: the organization's domains, newest first.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::ListDomains;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::domain;
use latchkey_store::page::Newest;

pub(crate) async fn list_domains(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListDomains = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let status = query.status.map(|status| status.as_str());
    let newest = Newest { status, before: page.before()?, rows_max: page.rows_wanted() };
    let context = domain::list(&db().await?, &ask(&call, None), &org, &newest).await?;
    let (actor, domains) = context.into_actor(call.now_ms())?;
    actor.require("domain.manage")?;
    let entries = domains.iter().map(|domain| (Key::new([domain.place.into()]), represent::domain(domain)));
    Ok(Reply::page(&page.page(entries.collect())))
}
