//! `DELETE /v1/orgs/{org}/members/{member}`: takes a member out of the organization.

use latchkey_domain::{MemberId, OrgId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::member;

pub(crate) async fn remove_member(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, MemberId) = (call.path("org")?, call.path("member")?);
    change(
        &call,
        async |db, ask| member::one(db, ask, &org, &id).await,
        |context| {
            let (actor, target) = context.into_actor(call.now_ms())?;
            let command = decide::member::remove(&actor, target.as_ref())?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
