//! `GET /v1/orgs/{org}/log/checkpoint`: the newest, as the signed note itself.

use latchkey_domain::{OrgId, Refusal};
use latchkey_edge::change::ask;
use latchkey_edge::{Call, Problem, Reply, db};
use latchkey_store::checkpoint;

pub(crate) async fn get_checkpoint(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let context = checkpoint::newest(&db().await?, &ask(&call, None), &org).await?;
    let (actor, newest) = context.into_actor(call.now_ms())?;
    actor.require("audit.read")?;
    let newest = newest.ok_or(Refusal::NotYetCheckpointed { size: 0 })?;
    Ok(Reply::bytes("text/plain; charset=utf-8", newest.note))
}
