//! `GET /v1/orgs/{org}/invitations`: the organization's invitations, newest first.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::{Invitation, ListInvitations};
use latchkey_edge::{Call, Key, Problem, Reply, db};
use latchkey_store::invitation;
use latchkey_store::page::Newest;

pub(crate) async fn list_invitations(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListInvitations = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let status = query.status.map(|status| status.as_str());
    let newest = Newest { status, before: page.before()?, rows_max: page.rows_wanted() };
    let db = db().await?;
    let context = invitation::list(&db, &ask(&call, None), &org, &newest).await?;
    let (actor, entries) = context.into_actor(call.now_ms())?;
    actor.require("member.read")?;
    let entries =
        entries.into_iter().map(|listed| (Key::new([listed.place.into()]), Invitation::from(&listed.invitation)));
    Ok(Reply::page(&page.page(entries.collect())))
}
