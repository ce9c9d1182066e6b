//! `POST /access/v1/search/subject`: who may do something to a resource.

use latchkey_domain::access::SUBJECT_KINDS;
use latchkey_edge::change::ask;
use latchkey_edge::model::{FoundSubject, FoundSubjects, SearchContext, SubjectSearch};
use latchkey_edge::{Call, Problem, Reply, db};
use latchkey_store::access::{self, Place, SubjectPage, Subjects};
use serde_json::Value;

use crate::known::page;

pub(crate) async fn search_subjects(call: Call) -> Result<Reply, Problem> {
    let search: SubjectSearch = call.body()?;
    let after = Place { segment: search.page.integer(0)?, place: search.page.integer(1)? };
    let wanted = Subjects {
        kind: &search.kind,
        action: &search.action,
        resource: &search.resource,
        after,
        rows_max: search.page.rows_wanted(),
    };
    let ask = ask(&call, None);
    let context = access::subjects(&db().await?, &ask, &wanted).await?;
    let asked_by = access::asked_by(&ask, context.who.as_ref())?;
    let found = context.facts;
    let may_ask = found.asker.as_ref().map_or(Ok(true), |asker| asker.may_ask(asked_by))?;
    if !may_ask || !found.in_view || !SUBJECT_KINDS.contains(&search.kind.as_str()) {
        return Ok(nothing(&search, &found));
    }
    let shown = search.page.shown(&found.rows);
    let is_cut = found.rows.len() > shown.len();
    let begun = if found.segment == after.segment { after.place } else { 0 };
    let next = match (is_cut, found.more) {
        (true, _) => Some((found.segment, shown.last().map_or(begun, |row| row.place))),
        (false, true) => Some((found.segment + 1, 0)),
        (false, false) => None,
    };
    let next = next.map(|(segment, place)| search.page.token([Value::from(segment), Value::from(place)]));
    let results = shown.iter().map(|row| FoundSubject { r#type: search.kind.clone(), id: row.id.clone() }).collect();
    let context = SearchContext { reason: "found".to_owned() };
    Ok(Reply::ok(&FoundSubjects { page: page(shown.len(), next), context, results }))
}

/// Nobody, and why. What the asker may not look at reads as what does not exist.
fn nothing(search: &SubjectSearch, found: &SubjectPage) -> Reply {
    let resource = &search.resource;
    let reason = match () {
        () if !SUBJECT_KINDS.contains(&search.kind.as_str()) => "unknown_subject_type",
        () if resource.organization().is_none() && resource.project().is_none() => "organization_missing",
        () if found.in_view => "not_yours_to_ask",
        () if resource.kind == "project" => "unknown_project",
        () => "unknown_organization",
    };
    let context = SearchContext { reason: reason.to_owned() };
    Reply::ok(&FoundSubjects { page: page(0, None), context, results: Vec::new() })
}
