//! `GET /v1/orgs/{org}`: an organization, as one of its members sees it, now or as it was.

use latchkey_domain::OrgId;
use latchkey_domain::facts::Past;
use latchkey_edge::change::ask;
use latchkey_edge::model::AsOf;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::history::{self, Moment};
use latchkey_store::org;

pub(crate) async fn get_org(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    if let Some(at) = call.moment(call.query::<AsOf>()?.as_of)? {
        return then(&call, &id, at).await;
    }
    let context = org::context(&db().await?, &ask(&call, None), &id).await?;
    let (actor, _) = context.into_actor(call.now_ms())?;
    actor.require("org.read")?;
    Ok(Reply::ok(&represent::org(&actor.org, &actor.policy, &actor.member.role, call.settings()))
        .etag(actor.org.version))
}

/// No ETag: nothing can be changed there.
async fn then(call: &Call, id: &OrgId, at: i64) -> Result<Reply, Problem> {
    let context = history::org(&db().await?, &ask(call, None), id, Moment::at(at)).await?;
    let (actor, past) = context.into_actor(call.now_ms())?;
    actor.require("org.read")?;
    actor.require("audit.read")?;
    let past = Past::begun(past, &actor.org)?;
    let policy = past.org.rules()?;
    Ok(Reply::ok(&represent::past_org(&past.org, &policy, &actor.member.role, call.settings())))
}
