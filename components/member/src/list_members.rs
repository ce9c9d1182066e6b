//! `GET /v1/orgs/{org}/members`: active members and pending invitations as one list.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::{ListMembers, Member, MemberFilter};
use latchkey_edge::{Call, Key, Problem, Reply, db};
use latchkey_store::member::{self, List, Listed};

pub(crate) async fn list_members(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListMembers = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let after = page.after().map(|key| key.integer(0)).transpose()?;
    let list = List {
        listed: match query.status {
            MemberFilter::Active => Listed::Active,
            MemberFilter::Pending => Listed::Pending,
            MemberFilter::Present => Listed::ActiveAndPending,
        },
        search: query.search.as_ref().map(|search| search.0.as_str()),
        after: after.and_then(|place| u64::try_from(place).ok()).unwrap_or_default(),
        rows_max: page.rows_wanted(),
    };
    let context = member::list(&db().await?, &ask(&call, None), &org, &list).await?;
    let (actor, entries) = context.into_actor(call.now_ms())?;
    actor.require("member.read")?;
    let entries = entries.into_iter().map(|entry| (Key::new([entry.place().into()]), Member::from(entry)));
    Ok(Reply::page(&page.page(entries.collect())))
}
