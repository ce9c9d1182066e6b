//! `GET /v1/orgs/{org}/members/{member}/access`: all that a member may, or could do then, and why.

use latchkey_domain::facts::Past;
use latchkey_domain::{MemberId, OrgId, Refusal};
use latchkey_edge::change::ask;
use latchkey_edge::limits::ACCESS_LISTED_MAX;
use latchkey_edge::model::AsOf;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::access;
use latchkey_store::history::{self, Moment};

pub(crate) async fn get_member_access(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, MemberId) = (call.path("org")?, call.path("member")?);
    if let Some(at) = call.moment(call.query::<AsOf>()?.as_of)? {
        return then(&call, &org, &id, at).await;
    }
    let ask = ask(&call, None);
    let context = access::member(&db().await?, &ask, &org, &id, ACCESS_LISTED_MAX).await?;
    let (asker, found) = context.into_asker(&ask)?;
    asker.require("member.read")?;
    let found = found.ok_or(Refusal::NotFound("member"))?;
    Ok(Reply::ok(&represent::member_access(&found, asker.org(), asker.policy())))
}

/// By the rules, the role, the restrictions, the projects and the keys of that moment.
async fn then(call: &Call, org: &OrgId, id: &MemberId, at: i64) -> Result<Reply, Problem> {
    let ask = ask(call, None);
    let context = history::member(&db().await?, &ask, org, Moment::at(at), id, ACCESS_LISTED_MAX).await?;
    let (asker, past) = context.into_asker(&ask)?;
    asker.require("member.read")?;
    asker.require("audit.read")?;
    let past = Past::begun(past, asker.org())?;
    let found = past.facts.ok_or(Refusal::NotFound("member"))?;
    Ok(Reply::ok(&represent::member_access(&found, &past.org, &*past.org.rules()?)))
}
