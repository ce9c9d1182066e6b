//! `GET /v1/orgs/{org}/invite-links`: the organization's invite links, newest first, without their secrets.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::ListInviteLinks;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::link;
use latchkey_store::page::Newest;

pub(crate) async fn list_invite_links(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListInviteLinks = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let status = query.status.map(|status| status.as_str());
    let newest = Newest { status, before: page.before()?, rows_max: page.rows_wanted() };
    let db = db().await?;
    let context = link::list(&db, &ask(&call, None), &org, &newest).await?;
    let (actor, entries) = context.into_actor(call.now_ms())?;
    actor.require("member.invite")?;
    let entries = entries
        .into_iter()
        .map(|listed| (Key::new([listed.place.into()]), represent::link(&listed.link, call.now_ms())));
    Ok(Reply::page(&page.page(entries.collect())))
}
