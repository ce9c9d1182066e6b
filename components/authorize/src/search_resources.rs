//! `POST /access/v1/search/resource`: what a subject may do something to.

use latchkey_domain::access::SUBJECT_KINDS;
use latchkey_edge::change::ask;
use latchkey_edge::model::{FoundResource, FoundResources, ResourceSearch, SearchContext};
use latchkey_edge::{Call, Problem, Reply, db};
use latchkey_store::access::{self, After, ResourceRow, Resources};
use serde_json::{Map, Value};

use crate::known::page;

pub(crate) async fn search_resources(call: Call) -> Result<Reply, Problem> {
    let search: ResourceSearch = call.body()?;
    let (kind, asked) = (search.resource.kind.as_str(), &search.page);
    let after = After { part: asked.integer(0)?, org: asked.text(1)?, place: asked.integer(2)?, id: asked.text(3)? };
    let wanted = Resources {
        subject: &search.subject,
        action: &search.action,
        kind,
        organization: search.within.as_deref(),
        after,
        rows_max: asked.rows_wanted(),
    };
    let ask = ask(&call, None);
    let context = access::resources(&db().await?, &ask, &wanted).await?;
    let asked_by = access::asked_by(&ask, context.who.as_ref())?;
    let found = context.facts;
    let may_ask = found.asker.as_ref().map_or(Ok(true), |asker| asker.may_ask(asked_by))?;
    let is_known = SUBJECT_KINDS.contains(&search.subject.kind.as_str());
    let rows = if may_ask && is_known { found.rows.as_slice() } else { &[] };
    let shown = asked.shown(rows);
    let next = (rows.len() > shown.len()).then(|| match shown.last() {
        Some(row) => token(&search, row.part, &row.org, row.place, &row.id),
        None => token(&search, after.part, after.org, after.place, after.id),
    });
    let reason = match () {
        () if !is_known => "unknown_subject_type",
        () if !may_ask => "not_yours_to_ask",
        () if found.unrestricted => "every_resource",
        () if rows.is_empty() => "nothing_known",
        () => "found",
    };
    let results = shown.iter().map(|row| resource(kind, row)).collect();
    let context = SearchContext { reason: reason.to_owned() };
    Ok(Reply::ok(&FoundResources { page: page(shown.len(), next), context, results }))
}

fn token(search: &ResourceSearch, part: i64, org: &str, place: i64, id: &str) -> String {
    search.page.token([Value::from(part), Value::from(org), Value::from(place), Value::from(id)])
}

fn resource(kind: &str, row: &ResourceRow) -> FoundResource {
    let properties: Map<String, Value> =
        [("organization".to_owned(), Value::from(row.org.as_str()))].into_iter().collect();
    FoundResource { r#type: kind.to_owned(), id: row.id.clone(), properties }
}
