//! `GET /v1/orgs/{org}/projects/{project}`: one project, for whoever is in it.

use latchkey_domain::{OrgId, ProjectId};
use latchkey_edge::change::ask;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::project;

pub(crate) async fn get_project(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, ProjectId) = (call.path("org")?, call.path("project")?);
    let context = project::one(&db().await?, &ask(&call, None), &org, &id).await?;
    let (insider, _) = context.into_insider(call.now_ms())?;
    insider.require_reading()?;
    Ok(Reply::ok(&represent::project(&insider.project, insider.role())))
}
