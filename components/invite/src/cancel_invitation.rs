//! `DELETE /v1/orgs/{org}/invitations/{invitation}`: takes an open invitation back.

use latchkey_domain::{InvitationId, OrgId, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::invitation;

pub(crate) async fn cancel_invitation(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, InvitationId) = (call.path("org")?, call.path("invitation")?);
    change(
        &call,
        async |db, ask| invitation::one(db, ask, &org, &id).await,
        |context| {
            let (actor, invitation) = context.into_actor(call.now_ms())?;
            let command = decide::invitation::cancel(&actor, invitation.as_ref())?;
            Ok(Decision::Change(Box::new(command), Answer::no_content()))
        },
    )
    .await
}
