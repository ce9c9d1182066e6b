//! `GET /v1/orgs/{org}/members/{member}`: a member, also one that is gone.

use latchkey_domain::{MemberId, OrgId, Refusal};
use latchkey_edge::change::ask;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::member;

pub(crate) async fn get_member(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, MemberId) = (call.path("org")?, call.path("member")?);
    let context = member::one(&db().await?, &ask(&call, None), &org, &id).await?;
    let (actor, member) = context.into_actor(call.now_ms())?;
    actor.require("member.read")?;
    let member = member.ok_or(Refusal::NotFound("member"))?;
    Ok(Reply::ok(&represent::member(&member, &actor.org, &actor.policy)))
}
