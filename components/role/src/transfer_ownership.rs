//! `POST /v1/orgs/{org}/ownership`: hands the top role to another member in one step.

use latchkey_domain::{MemberId, OrgId, Refusal, decide};
use latchkey_edge::change::{Answer, Decision, change};
use latchkey_edge::model::{Member, TransferOwnership};
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::member;

pub(crate) async fn transfer_ownership(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let request: TransferOwnership = call.body()?;
    let unknown = || Problem::field("member", "not_allowed", "There is no such member in this organization.");
    let id = MemberId::parse(&request.member.0).ok_or_else(unknown)?;
    change(
        &call,
        async |db, ask| member::one(db, ask, &org, &id).await,
        |context| {
            let (actor, target) = context.into_actor(call.now_ms())?;
            let command = decide::role::transfer(&actor, target.as_ref(), request.my_role.as_ref())?;
            let target = target.ok_or(Refusal::NotFound("member"))?;
            let shown = Member {
                role: actor.policy.top_role_name().to_owned(),
                billed_owner: actor.policy.top_role.billed_owner,
                ..represent::member(&target, &actor.org, &actor.policy)
            };
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown)))
        },
    )
    .await
}
