//! `DELETE /v1/orgs/{org}`: ends an organization for good, once its name is typed.

use latchkey_domain::{OrgId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::DeleteOrg;
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::org;

pub(crate) async fn delete_org(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    let request: DeleteOrg = call.body()?;
    change(
        &call,
        async |db, ask| org::context(db, ask, &id).await,
        |context| {
            let (actor, _) = context.into_actor(call.now_ms())?;
            let command = decide::org::delete(&actor, &request.name.0)?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
