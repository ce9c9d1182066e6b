//! `POST /v1/orgs/{org}/log/checkpoints`: signs what the log has become.

use latchkey_domain::{OrgId, Refusal};
use latchkey_edge::change::ask;
use latchkey_edge::checkpoint::{Extended, extend};
use latchkey_edge::limits::{CHECKPOINT_EVENTS_MAX, DECISIONS_MAX};
use latchkey_edge::model::CheckpointMade;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::checkpoint;

pub(crate) async fn make_checkpoint(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let db = db().await?;
    for _ in 0..DECISIONS_MAX {
        let context = checkpoint::tree_asked(&db, &ask(&call, None), &org, CHECKPOINT_EVENTS_MAX).await?;
        let (actor, facts) = context.into_actor(call.now_ms())?;
        actor.require("audit.read")?;
        let newest = match extend(&call, &db, &org, &facts).await? {
            Extended::Made(made) => Some(made),
            Extended::UpToDate => facts.newest,
            Extended::Late => continue,
            Extended::Withheld(fault) => return Err(fault.into()),
        };
        let newest = newest.ok_or_else(|| Problem::internal("an organization without an event"))?;
        let remaining = facts.version.saturating_sub(newest.size);
        return Ok(Reply::ok(&CheckpointMade { checkpoint: represent::checkpoint(&newest), remaining }));
    }
    Err(Refusal::Contention.into())
}
