//! `GET /v1/orgs/{org}/join-requests`: people who ask to be let in, the newest first.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::ListJoinRequests;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::joining;
use latchkey_store::page::Newest;

pub(crate) async fn list_join_requests(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListJoinRequests = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let status = query.status.map(|status| status.as_str());
    let newest = Newest { status, before: page.before()?, rows_max: page.rows_wanted() };
    let context = joining::requests(&db().await?, &ask(&call, None), &org, &newest).await?;
    let (actor, requests) = context.into_actor(call.now_ms())?;
    actor.require("member.invite")?;
    let shown = |request| represent::join_request(request, &actor.org, &actor.policy);
    let entries = requests.iter().map(|request| (Key::new([request.place.into()]), shown(request)));
    Ok(Reply::page(&page.page(entries.collect())))
}
