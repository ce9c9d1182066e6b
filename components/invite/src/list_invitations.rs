//! `GET /v1/orgs/{org}/invitations`: the organization's invitations, newest first.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::{Invitation, ListInvitations};
use latchkey_edge::{Call, Key, Problem, Reply, db};
use latchkey_store::invitation;

pub(crate) async fn list_invitations(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListInvitations = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let before = page.after().map(|key| key.integer(0)).transpose()?.and_then(|place| u64::try_from(place).ok());
    let status = query.status.map(|status| status.as_str());
    let db = db().await?;
    let context = invitation::list(&db, &ask(&call, None), &org, status, before, page.rows_wanted()).await?;
    let (actor, entries) = context.into_actor(call.now_ms())?;
    actor.require("member.read")?;
    let entries =
        entries.into_iter().map(|listed| (Key::new([listed.place.into()]), Invitation::from(&listed.invitation)));
    Ok(Reply::page(&page.page(entries.collect())))
}
