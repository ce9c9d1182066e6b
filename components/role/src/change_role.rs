//! `PUT /v1/orgs/{org}/members/{member}/role`: gives a member another role.

use latchkey_domain::{MemberId, OrgId, Refusal, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::{ChangeRole, Member};
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::role;

pub(crate) async fn change_role(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, MemberId) = (call.path("org")?, call.path("member")?);
    let request: ChangeRole = call.body()?;
    change(
        &call,
        async |db, ask| role::candidate(db, ask, &org, &id).await,
        |context| {
            let (actor, candidate) = context.into_actor(call.now_ms())?;
            let target = candidate.member;
            let command = decide::role::change(&actor, target.as_ref(), &request.role, &candidate.due)?;
            let target = target.ok_or(Refusal::NotFound("member"))?;
            let shown =
                Member { role: request.role.to_string(), ..represent::member(&target, &actor.org, &actor.policy) };
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown)))
        },
    )
    .await
}
