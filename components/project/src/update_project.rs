//! `PATCH /v1/orgs/{org}/projects/{project}`: another name.

use latchkey_domain::facts::ProjectFacts;
use latchkey_domain::{OrgId, ProjectId, Refusal, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::UpdateProject;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::project;

pub(crate) async fn update_project(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, ProjectId) = (call.path("org")?, call.path("project")?);
    let request: UpdateProject = call.body()?;
    change(
        &call,
        async |db, ask| project::one(db, ask, &org, &id).await,
        |context| {
            let (actor, project, _) = context.into_actor_at(call.now_ms())?;
            let command = decide::project::rename(&actor, project.as_ref(), &request.name)?;
            let project = project.ok_or(Refusal::NotFound("project"))?;
            let renamed = ProjectFacts { name: request.name.to_string(), ..project };
            let shown = represent::project(&renamed, &actor.member.role);
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown)))
        },
    )
    .await
}
