//! `DELETE /v1/orgs/{org}/invite-links/{link}`: ends a link.

use latchkey_domain::{LinkId, OrgId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::link;

pub(crate) async fn revoke_invite_link(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, LinkId) = (call.path("org")?, call.path("link")?);
    change(
        &call,
        async |db, ask| link::one(db, ask, &org, &id).await,
        |context| {
            let (actor, link) = context.into_actor(call.now_ms())?;
            let command = decide::link::revoke(&actor, link.as_ref())?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
