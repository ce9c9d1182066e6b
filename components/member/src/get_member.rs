//! `GET /v1/orgs/{org}/members/{member}`: a member, also one that is gone, now or as they were.

use latchkey_domain::{MemberId, OrgId, Refusal};
use latchkey_edge::change::ask;
use latchkey_edge::model::AsOf;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::member;

use crate::past;

pub(crate) async fn get_member(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, MemberId) = (call.path("org")?, call.path("member")?);
    if let Some(at) = call.moment(call.query::<AsOf>()?.as_of)? {
        return past::get(&call, &org, &id, at).await;
    }
    let context = member::one(&db().await?, &ask(&call, None), &org, &id).await?;
    let (actor, member) = context.into_actor(call.now_ms())?;
    actor.require("member.read")?;
    let member = member.ok_or(Refusal::NotFound("member"))?;
    let mut shown = represent::member(&member, &actor.org, &actor.policy);
    shown.restrictions = Some(member.restrictions.clone());
    Ok(Reply::ok(&shown))
}
