//! `PUT /v1/orgs/{org}/members/{member}/limits`: named numbers of a member's own.

use latchkey_domain::{MemberId, OrgId, decide};
use latchkey_edge::change::{Answer, Decision, ask, change};
use latchkey_edge::model::{MemberLimits, SetLimits};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::member;

pub(crate) async fn set_member_limits(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, MemberId) = (call.path("org")?, call.path("member")?);
    let request: SetLimits = call.body()?;
    let limits = request.limits.0;
    change(
        &call,
        async |db, ask| member::one(db, ask, &org, &id).await,
        |context| {
            let (asker, target) = context.into_asker(&ask(&call, None))?;
            let command = decide::seat::set_member_limits(&asker, target.as_ref(), &limits)?;
            let effective = decide::seat::effective_limits(asker.org(), &limits);
            let shown = MemberLimits { limits: limits.clone(), effective };
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown)))
        },
    )
    .await
}
