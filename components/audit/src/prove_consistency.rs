//! `GET /v1/orgs/{org}/log/proofs/consistency`: that the log has only grown.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::ProveConsistency;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::checkpoint;

pub(crate) async fn prove_consistency(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ProveConsistency = call.query()?;
    let (from, to) = (query.from.0, query.to.map(|to| to.0));
    let context = checkpoint::consistency(&db().await?, &ask(&call, None), &org, from, to).await?;
    let (actor, facts) = context.into_actor(call.now_ms())?;
    actor.require("audit.read")?;
    Ok(Reply::ok(&represent::consistency_proof(from, &facts)?))
}
