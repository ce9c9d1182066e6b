//! `GET /v1/orgs/{org}/projects`: the organization's projects, or those of them that the person asking is in.

use latchkey_domain::{OrgId, Refusal, decide};
use latchkey_edge::change::ask;
use latchkey_edge::model::ListProjects;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::project;

pub(crate) async fn list_projects(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListProjects = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let after = page.after().map(|key| key.integer(0)).transpose()?;
    let after = after.and_then(|place| u64::try_from(place).ok()).unwrap_or_default();
    let mut context = project::list(&db().await?, &ask(&call, None), &org, after, page.rows_wanted()).await?;
    let projects = std::mem::take(&mut context.facts);
    let role = if context.me.is_some() {
        let (actor, _) = context.into_actor(call.now_ms())?;
        decide::project::list(&actor)?;
        Some(actor.member.role)
    } else {
        represent::who(context.who)?;
        // Whoever is in none of its projects either is a stranger.
        if projects.is_empty() {
            return Err(Refusal::NotFound("organization").into());
        }
        None
    };
    let entries = projects
        .iter()
        .map(|listed| (Key::new([listed.place.into()]), represent::listed_project(listed, role.as_deref())));
    Ok(Reply::page(&page.page(entries.collect())))
}
