//! `DELETE /v1/orgs/{org}/projects/{project}`: ends a project for good, once its name is typed.

use latchkey_domain::{OrgId, ProjectId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::DeleteProject;
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::project;

pub(crate) async fn delete_project(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, ProjectId) = (call.path("org")?, call.path("project")?);
    let request: DeleteProject = call.body()?;
    change(
        &call,
        async |db, ask| project::one(db, ask, &org, &id).await,
        |context| {
            let (actor, project, _) = context.into_actor_at(call.now_ms())?;
            let command = decide::project::delete(&actor, project.as_ref(), &request.name.0)?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
