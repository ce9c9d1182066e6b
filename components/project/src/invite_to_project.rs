//! `POST /v1/orgs/{org}/projects/{project}/invitations`: invites an address into one project.

use latchkey_domain::decide::invitation::Create;
use latchkey_domain::decide::project::invite;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{InvitationId, OrgId, ProjectId};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::InviteToProject;
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};
use latchkey_store::project;

pub(crate) async fn invite_to_project(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, ProjectId) = (call.path("org")?, call.path("project")?);
    let request: InviteToProject = call.body()?;
    let key = call.settings().signing_key()?;
    change(
        &call,
        async |db, ask| project::address(db, ask, &org, &id, &request.email).await,
        |context| {
            let (actor, project, address) = context.into_actor_at(call.now_ms())?;
            let id = InvitationId::new(Entropy.uuid());
            let ask = Create { id: id.clone(), email: &request.email, role: &request.role, key_id: key.id() };
            let (member, open) = (address.member.as_ref(), address.open.as_ref());
            let (command, created) = invite(&actor, &ask, project.as_ref(), member, open)?;
            let shown = represent::new_invitation(&actor.org, &id, &created, actor.effective_at());
            Ok(Decision::Change(Box::new(command), Answer::created(&shown, format!("/v1/orgs/{org}/invitations/{id}"))))
        },
    )
    .await
}
