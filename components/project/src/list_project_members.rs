//! `GET /v1/orgs/{org}/projects/{project}/members`: the people in a project, by itself or by the organization.

use latchkey_domain::{OrgId, ProjectId};
use latchkey_edge::change::ask;
use latchkey_edge::model::ListProjectMembers;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::project::{self, After};

pub(crate) async fn list_project_members(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, ProjectId) = (call.path("org")?, call.path("project")?);
    let query: ListProjectMembers = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let after = page.after().map(read).transpose()?.unwrap_or(After::Project(0));
    let context = project::members(&db().await?, &ask(&call, None), &org, &id, after, page.rows_wanted()).await?;
    let (insider, entries) = context.into_insider(call.now_ms())?;
    insider.require_reading()?;
    insider.require("member.read")?;
    let is_member = insider.member.is_some();
    let entries = entries.into_iter().map(|entry| (key(entry.place()), represent::project_member(entry, is_member)));
    Ok(Reply::page(&page.page(entries.collect())))
}

fn key(after: After) -> Key {
    match after {
        After::Project(place) => Key::new([0.into(), place.into()]),
        After::Organization(place) => Key::new([1.into(), place.into()]),
    }
}

fn read(key: &Key) -> Result<After, Problem> {
    let place = u64::try_from(key.integer(1)?).unwrap_or_default();
    Ok(if key.integer(0)? == 0 { After::Project(place) } else { After::Organization(place) })
}
