//! `GET /v1/orgs/{org}/log/export`: the raw events, for whoever wants to check for themselves.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::ExportLog;
use latchkey_edge::{Call, Problem, Reply, db, represent};
use latchkey_store::checkpoint;

pub(crate) async fn export_log(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ExportLog = call.query()?;
    let limit = query.limit.0;
    // One more than is shown tells whether there is a next page.
    let rows_max = i64::from(limit) + 1;
    let context = checkpoint::export(&db().await?, &ask(&call, None), &org, query.after.0, rows_max).await?;
    let (actor, mut entries) = context.into_actor(call.now_ms())?;
    actor.require("audit.read")?;
    let found = entries.len();
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let reply = Reply::bytes("application/x-ndjson", represent::ndjson(&entries)?);
    Ok(match entries.last() {
        Some(last) if found > entries.len() => {
            let next = format!("</v1/orgs/{org}/log/export?after={}&limit={limit}>; rel=\"next\"", last.version);
            reply.header("link", next)
        }
        _ => reply,
    })
}
