//! `PUT /v1/orgs/{org}/members/{member}/restrictions`: limits what a member may do to some resources.

use latchkey_domain::{MemberId, OrgId, decide};
use latchkey_edge::change::{Answer, Decision, ask, change};
use latchkey_edge::model::{MemberRestrictions, SetRestrictions};
use latchkey_edge::{Call, Problem, Reply};
use latchkey_store::member;

pub(crate) async fn set_member_restrictions(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, MemberId) = (call.path("org")?, call.path("member")?);
    let request: SetRestrictions = call.body()?;
    let restrictions = request.restrictions.0;
    change(
        &call,
        async |db, ask| member::one(db, ask, &org, &id).await,
        |context| {
            let (asker, target) = context.into_asker(&ask(&call, None))?;
            let command = decide::restriction::set(&asker, target.as_ref(), &restrictions)?;
            let shown = MemberRestrictions { restrictions: restrictions.clone() };
            Ok(Decision::Change(Box::new(command), Answer::ok(&shown)))
        },
    )
    .await
}
