//! `GET /v1/orgs/{org}`: an organization, as one of its members sees it.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::org;

pub(crate) async fn get_org(call: Call) -> Result<Reply, Problem> {
    let id: OrgId = call.path("org")?;
    let context = org::context(&db().await?, &ask(&call, None), &id).await?;
    let (actor, _) = context.into_actor(call.now_ms())?;
    actor.require("org.read")?;
    Ok(Reply::ok(&represent::org(&actor.org, &actor.policy, &actor.member.role, call.settings()))
        .etag(actor.org.version))
}
