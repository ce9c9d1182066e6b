//! `PATCH /v1/orgs/{org}`: renames an organization.

use latchkey_domain::{OrgId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::{Org, UpdateOrg};
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::org;

pub(crate) async fn update_org(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    let request: UpdateOrg = call.body()?;
    change(
        &call,
        async |db, ask| org::context(db, ask, &id).await,
        |context| {
            let (actor, _) = context.into_actor(call.now_ms())?;
            let command = decide::org::rename(&actor, &request.name)?;
            let org = Org { name: request.name.to_string(), ..represent::org(&actor.org, &actor.member.role) };
            Ok(Decision::Change(Box::new(command), Answer::ok(&org)))
        },
    )
    .await
}
