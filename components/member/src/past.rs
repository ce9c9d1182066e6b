//! Members as they were.

use latchkey_domain::facts::Past;
use latchkey_domain::{MemberId, OrgId, Refusal};
use latchkey_edge::change::ask;
use latchkey_edge::model::{ListMembers, MemberSort};
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::history::{self, List, Moment};

use crate::list_members::listed;

/// A page of the roster as it was at that moment.
pub(crate) async fn list(call: &Call, org: &OrgId, query: &ListMembers, at: i64) -> Result<Reply, Problem> {
    refuse_what_the_log_does_not_say(query)?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let part = |index| page.after().map(|key| key.integer(index)).transpose();
    let place = |part: Option<i64>| part.and_then(|it| u64::try_from(it).ok());
    let then = Moment { at, version_max: place(part(1)?) };
    let list = List {
        listed: listed(query),
        role: query.role.as_ref().map(|role| role.as_str()),
        licensed: query.licensed,
        after: place(part(0)?).unwrap_or_default(),
        rows_max: page.rows_wanted(),
    };
    let context = history::list(&db().await?, &ask(call, None), org, then, &list).await?;
    let (actor, past) = context.into_actor(call.now_ms())?;
    actor.require("member.read")?;
    actor.require("audit.read")?;
    let past = Past::begun(past, &actor.org)?;
    let policy = past.org.rules()?;
    if let Some(role) = query.role.as_ref().filter(|role| policy.role(role.as_str()).is_none()) {
        return Err(Refusal::UnknownRole { role: role.to_string(), known: policy.role_names() }.into());
    }
    let key = |place: u64| Key::new([place.into(), past.org.version.into()]);
    let more = (past.facts.until < past.org.version).then(|| key(past.facts.until));
    let entries = past.facts.lines.iter().map(|it| (key(it.place), represent::listed(&it.entry, &past.org, &policy)));
    Ok(Reply::page(&page.page_up_to(entries.collect(), more)))
}

/// A member as they were at that moment.
pub(crate) async fn get(call: &Call, org: &OrgId, id: &MemberId, at: i64) -> Result<Reply, Problem> {
    let context = history::member(&db().await?, &ask(call, None), org, Moment::at(at), id, 0).await?;
    let (actor, past) = context.into_actor(call.now_ms())?;
    actor.require("member.read")?;
    actor.require("audit.read")?;
    let past = Past::begun(past, &actor.org)?;
    let then = past.facts.ok_or(Refusal::NotFound("member"))?;
    Ok(Reply::ok(&represent::member(&then.member, &past.org, &*past.org.rules()?)))
}

/// Names are no matter of the log: no list of the past is in their order, and nothing is searched for by them.
fn refuse_what_the_log_does_not_say(query: &ListMembers) -> Result<(), Problem> {
    let message = "The log does not know the names of the past. Leave this out, or as_of.";
    if query.search.is_some() {
        return Err(Problem::field("search", "not_allowed", message));
    }
    if query.sort == MemberSort::Name {
        return Err(Problem::field("sort", "not_allowed", message));
    }
    Ok(())
}
