//! `PUT /v1/orgs/{org}/projects/{project}/members/{project_member}/role`: gives somebody another role in one project.

use latchkey_domain::facts::ProjectMemberFacts;
use latchkey_domain::{OrgId, ProjectId, ProjectMemberId, Refusal, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::{ChangeProjectRole, ProjectMember};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::project;

pub(crate) async fn change_project_role(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, ProjectId) = (call.path("org")?, call.path("project")?);
    let member: ProjectMemberId = call.path("project_member")?;
    let request: ChangeProjectRole = call.body()?;
    change(
        &call,
        async |db, ask| project::member(db, ask, &org, &id, &member).await,
        |context| {
            let (actor, project, target) = context.into_actor_at(call.now_ms())?;
            let command = decide::project::change_role(&actor, project.as_ref(), target.as_ref(), &request.role)?;
            let target = target.ok_or(Refusal::NotFound("member of the project"))?;
            let changed = ProjectMemberFacts { role: request.role.to_string(), ..target };
            Ok(Decision::Change(Box::new(command), Answer::ok(&ProjectMember::from(&changed))))
        },
    )
    .await
}
