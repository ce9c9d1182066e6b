//! `POST /v1/orgs/{org}/projects/{project}/leave`: ends one's own membership of a project.

use latchkey_domain::{OrgId, ProjectId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::project;

pub(crate) async fn leave_project(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, ProjectId) = (call.path("org")?, call.path("project")?);
    change(
        &call,
        async |db, ask| project::one(db, ask, &org, &id).await,
        |context| {
            let (insider, _) = context.into_insider(call.now_ms())?;
            let command = decide::project::leave(&insider)?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
