//! `DELETE /v1/orgs/{org}/projects/{project}/members/{project_member}`: takes somebody out of one project.

use latchkey_domain::{OrgId, ProjectId, ProjectMemberId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::project;

pub(crate) async fn remove_project_member(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, ProjectId) = (call.path("org")?, call.path("project")?);
    let member: ProjectMemberId = call.path("project_member")?;
    change(
        &call,
        async |db, ask| project::member(db, ask, &org, &id, &member).await,
        |context| {
            let (actor, project, target) = context.into_actor_at(call.now_ms())?;
            let command = decide::project::remove(&actor, project.as_ref(), target.as_ref())?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
