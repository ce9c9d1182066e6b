//! `POST /v1/orgs/{org}/invitations/{invitation}/resend`: a new token and a new term; the old token dies.

use latchkey_domain::{InvitationId, OrgId, Refusal, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::Invitation;
use latchkey_edge::{Call, Problem, Reply, Timestamp, represent};
use latchkey_store::invitation;

pub(crate) async fn resend_invitation(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, InvitationId) = (call.path("org")?, call.path("invitation")?);
    let key = call.settings().signing_key()?;
    change(
        &call,
        async |db, ask| invitation::one(db, ask, &org, &id).await,
        |context| {
            let (actor, invitation) = context.into_actor(call.now_ms())?;
            let (command, resent) = decide::invitation::resend(&actor, invitation.as_ref(), key.id())?;
            let invitation = invitation.ok_or(Refusal::NotFound("invitation"))?;
            let shown = Invitation {
                sent_at: Timestamp(actor.effective_at()),
                expires_at: Timestamp(resent.expires_at),
                mail: Some(represent::mail(&actor.org)),
                ..Invitation::from(&invitation)
            };
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown)))
        },
    )
    .await
}
