//! `POST /v1/orgs/{org}/projects`: a new project.

use latchkey_domain::facts::ProjectFacts;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{OrgId, ProjectId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::CreateProject;
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};

pub(crate) async fn create_project(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let request: CreateProject = call.body()?;
    change(
        &call,
        async |db, ask| latchkey_store::org::context(db, ask, &org).await,
        |context| {
            let (actor, _) = context.into_actor(call.now_ms())?;
            let id = ProjectId::new(Entropy.uuid());
            let command = decide::project::create(&actor, id.clone(), &request.name)?;
            let location = format!("/v1/orgs/{org}/projects/{id}");
            let name = request.name.to_string();
            let created_at = actor.effective_at();
            let project = ProjectFacts { id, name, created_at, member_count: 0, pending_count: 0, rev: 1 };
            let shown = represent::project(&project, &actor.member.role);
            Ok(Decision::Change(Box::new(command), Answer::created(&shown, location)))
        },
    )
    .await
}
