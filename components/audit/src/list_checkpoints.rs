//! `GET /v1/orgs/{org}/log/checkpoints`: every one that was signed, newest first.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::ListCheckpoints;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::checkpoint;

pub(crate) async fn list_checkpoints(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListCheckpoints = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let before = page.after().map(|key| key.integer(0)).transpose()?.and_then(|size| u64::try_from(size).ok());
    let context = checkpoint::list(&db().await?, &ask(&call, None), &org, before, page.rows_wanted()).await?;
    let (actor, checkpoints) = context.into_actor(call.now_ms())?;
    actor.require("audit.read")?;
    let entries = checkpoints.iter().map(|it| (Key::new([it.size.into()]), represent::checkpoint(it)));
    Ok(Reply::page(&page.page(entries.collect())))
}
