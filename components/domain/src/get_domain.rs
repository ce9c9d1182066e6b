//! `GET /v1/orgs/{org}/domains/{domain}`: one domain, with the record that proves it.

use latchkey_domain::{DomainId, OrgId, Refusal};
use latchkey_edge::change::ask;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::domain;

pub(crate) async fn get_domain(call: Call) -> Result<Reply, Problem> {
    let (org, id): (OrgId, DomainId) = (call.path("org")?, call.path("domain")?);
    let context = domain::one(&db().await?, &ask(&call, None), &org, &id).await?;
    let (actor, facts) = context.into_actor(call.now_ms())?;
    actor.require("domain.manage")?;
    let domain = facts.domain.ok_or(Refusal::NotFound("domain"))?;
    Ok(Reply::ok(&represent::domain(&domain)))
}
