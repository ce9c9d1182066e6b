//! `POST /v1/orgs/{org}/join-requests/{join_request}/approve`: lets somebody in who asked.

use latchkey_domain::decide::joining::approve;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{JoinRequestId, MemberId, OrgId, Refusal};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::{Call, Entropy, Problem, Reply, represent};
use latchkey_store::joining;

use crate::newcomer;

pub(crate) async fn approve_join_request(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, JoinRequestId) = (call.path("org")?, call.path("join_request")?);
    change(
        &call,
        async |db, ask| joining::request(db, ask, &org, &id).await,
        |context| {
            let (actor, held) = context.into_actor(call.now_ms())?;
            let member = MemberId::new(Entropy.uuid());
            let command = approve(&actor, held.as_ref(), &member)?;
            let held = held.ok_or(Refusal::NotFound("join request"))?;
            let role = actor.org.auto_join_role(&actor.policy);
            let member = newcomer::asked(&held.request, member, role, actor.effective_at());
            let answer = Answer::ok(&represent::member(&member, &actor.org, &actor.policy));
            Ok(Decision::Change(Box::new(command), answer))
        },
    )
    .await
}
