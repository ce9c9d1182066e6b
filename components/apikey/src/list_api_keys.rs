//! `GET /v1/orgs/{org}/api-keys`: one's own keys, or all of the organization's.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::{KeysOf, ListApiKeys};
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::key::{self, KeyList, Whose};

pub(crate) async fn list_api_keys(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListApiKeys = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let before = page.after().map(|key| key.integer(0)).transpose()?.and_then(|place| u64::try_from(place).ok());
    let list = KeyList {
        whose: match (&query.member, query.whose) {
            (Some(member), _) => Whose::Of(member),
            (None, KeysOf::Mine) => Whose::Own,
            (None, KeysOf::All) => Whose::Any,
        },
        status: query.status.map(|status| status.as_str()),
        before,
        rows_max: page.rows_wanted(),
    };
    let now = call.now_ms();
    let (actor, keys) = key::list(&db().await?, &ask(&call, None), &org, &list).await?.into_actor(now)?;
    let is_own = matches!(list.whose, Whose::Own) || query.member.as_ref() == Some(&actor.member.id);
    if !is_own || actor.who.key().is_some() {
        actor.require("api_key.manage")?;
    }
    let shown = keys.iter().map(|key| (Key::new([key.place.into()]), represent::api_key(key, &actor.policy, now)));
    Ok(Reply::page(&page.page(shown.collect())))
}
