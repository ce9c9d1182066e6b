//! `POST /v1/orgs/{org}/invite-links`: a link to share, whose token only this answer shows.

use latchkey_domain::decide::link::{Create, create};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{LinkId, OrgId};
use latchkey_edge::change::{Answer, AnswerLink, Decision, change};
use latchkey_edge::model::CreateInviteLink;
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};
use latchkey_store::org;

pub(crate) async fn create_invite_link(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let request: CreateInviteLink = call.body()?;
    let key = call.settings().signing_key()?;
    let domains = request.domains.clone().unwrap_or_default();
    change(
        &call,
        async |db, ask| org::context(db, ask, &org).await,
        |context| {
            let (actor, _) = context.into_actor(call.now_ms())?;
            let id = LinkId::new(Entropy.uuid());
            let ask = Create {
                id: id.clone(),
                role: &request.role,
                key_id: key.id(),
                lifetime_s: request.expires_in_s.map(|lifetime| lifetime.0),
                uses_max: request.uses_max.map(|uses| uses.0),
                domains: &domains.0,
            };
            let (command, created) = create(&actor, &ask)?;
            let shown = represent::new_link(&id, &created, actor.effective_at());
            let secret = AnswerLink { id: id.clone(), key_id: created.key_id };
            let answer = Answer::created(&shown, format!("/v1/orgs/{org}/invite-links/{id}")).with_link(secret);
            Ok(Decision::Change(Box::new(command), answer))
        },
    )
    .await
}
