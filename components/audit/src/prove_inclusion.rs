//! `GET /v1/orgs/{org}/log/proofs/inclusion`: that an event is in the tree.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::ProveInclusion;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::checkpoint::{self, Wanted};

pub(crate) async fn prove_inclusion(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ProveInclusion = call.query()?;
    let wanted = match (&query.event, query.version) {
        (Some(event), None) => Wanted::Event(event.as_str()),
        (None, Some(version)) => Wanted::Version(version.0),
        (None, None) => return Err(Problem::field("event", "required", "Give this, or `version`.")),
        (Some(_), Some(_)) => return Err(Problem::field("version", "not_allowed", "Give this or `event`, not both.")),
    };
    let size = query.size.map(|size| size.0);
    let context = checkpoint::inclusion(&db().await?, &ask(&call, None), &org, wanted, size).await?;
    let (actor, facts) = context.into_actor(call.now_ms())?;
    actor.require("audit.read")?;
    Ok(Reply::ok(&represent::inclusion_proof(&facts)?))
}
