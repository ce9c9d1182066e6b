//! `POST /v1/orgs/{org}/leave`: ends one's own membership.

use latchkey_domain::{OrgId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::org;

pub(crate) async fn leave_org(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    change(
        &call,
        async |db, ask| org::context(db, ask, &id).await,
        |context| {
            let (actor, _) = context.into_actor(call.now_ms())?;
            let command = decide::member::leave(&actor)?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
