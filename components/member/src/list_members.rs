//! `GET /v1/orgs/{org}/members`: active members and pending invitations as one list, now or as it was.

use latchkey_domain::{OrgId, Refusal, RoleName};
use latchkey_edge::change::ask;
use latchkey_edge::model::{ListMembers, MemberFilter, MemberSort};
use latchkey_edge::{Call, Key, PageRequest, Problem, Reply, db, represent};
use latchkey_store::member::{self, Line, List, Listed, Order};

use crate::past;

pub(crate) async fn list_members(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListMembers = call.query()?;
    if let Some(at) = call.moment(query.as_of)? {
        return past::list(&call, &org, &query, at).await;
    }
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let list = List {
        listed: listed(&query),
        role: query.role.as_ref().map(RoleName::as_str),
        licensed: query.licensed,
        order: order(&query, &page)?,
        rows_max: page.rows_wanted(),
    };
    let context = member::list(&db().await?, &ask(&call, None), &org, &list).await?;
    let (actor, lines) = context.into_actor(call.now_ms())?;
    actor.require("member.read")?;
    if let Some(role) = query.role.as_ref().filter(|role| actor.policy.role(role.as_str()).is_none()) {
        return Err(Refusal::UnknownRole { role: role.to_string(), known: actor.policy.role_names() }.into());
    }
    let shown = |line: Line| (key(&list.order, &line), represent::listed(&line.entry, &actor.org, &actor.policy));
    Ok(Reply::page(&page.page(lines.into_iter().map(shown).collect())))
}

/// Which entries are asked for.
pub(crate) fn listed(query: &ListMembers) -> Listed {
    match query.status {
        MemberFilter::Active => Listed::Active,
        MemberFilter::Pending => Listed::Pending,
        MemberFilter::Present => Listed::ActiveAndPending,
    }
}

fn order<'a>(query: &'a ListMembers, page: &'a PageRequest) -> Result<Order<'a>, Problem> {
    let after = |key: &'a Key| Ok::<_, Problem>((key.text(0)?, key.text(1)?));
    Ok(match (&query.search, query.sort, page.after()) {
        (Some(search), _, key) => Order::Found { search: &search.0, after: key.map(after).transpose()? },
        (None, MemberSort::Name, key) => Order::Name { after: key.map_or(Ok(("", "")), after)? },
        (None, MemberSort::Joined, key) => {
            let place = key.map_or(Ok(0), |key| key.integer(0))?;
            Order::Joined { after: u64::try_from(place).unwrap_or_default() }
        }
    })
}

/// What a cursor must hold to go on after this line.
fn key(order: &Order<'_>, line: &Line) -> Key {
    match order {
        Order::Joined { .. } => Key::new([line.place.into()]),
        Order::Name { .. } | Order::Found { .. } => Key::new([line.sort.as_str().into(), line.id().into()]),
    }
}
