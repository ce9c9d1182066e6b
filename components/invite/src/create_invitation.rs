//! `POST /v1/orgs/{org}/invitations`: invites an address; the mail leaves by the outbox.

use latchkey_domain::decide::invitation::{Create, create};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{InvitationId, OrgId};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::CreateInvitation;
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};
use latchkey_store::invitation;

pub(crate) async fn create_invitation(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let request: CreateInvitation = call.body()?;
    let key = call.settings().signing_key()?;
    change(
        &call,
        async |db, ask| invitation::address(db, ask, &org, &request.email).await,
        |context| {
            let (actor, address) = context.into_actor(call.now_ms())?;
            let id = InvitationId::new(Entropy.uuid());
            let ask = Create { id: id.clone(), email: &request.email, role: &request.role, key_id: key.id() };
            let (command, created) =
                create(&actor, &ask, address.member.as_ref(), address.open.as_ref(), &address.due)?;
            let shown = represent::new_invitation(&actor.org, &id, &created, actor.effective_at());
            Ok(Decision::Change(Box::new(command), Answer::created(&shown, format!("/v1/orgs/{org}/invitations/{id}"))))
        },
    )
    .await
}
