//! `GET /v1/orgs/{org}/members/{member}/access`: all that a member may, and why.

use latchkey_domain::{MemberId, OrgId, Refusal};
use latchkey_edge::change::ask;
use latchkey_edge::limits::ACCESS_LISTED_MAX;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::access;

pub(crate) async fn get_member_access(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, MemberId) = (call.path("org")?, call.path("member")?);
    let ask = ask(&call, None);
    let context = access::member(&db().await?, &ask, &org, &id, ACCESS_LISTED_MAX).await?;
    let (asker, found) = context.into_asker(&ask)?;
    asker.require("member.read")?;
    let found = found.ok_or(Refusal::NotFound("member"))?;
    Ok(Reply::ok(&represent::member_access(&found, asker.org(), asker.policy())))
}
