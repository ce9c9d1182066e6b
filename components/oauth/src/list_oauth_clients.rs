//! `GET /v1/orgs/{org}/oauth-clients`: the organization's machine clients, newest first, without their secrets.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::ListOauthClients;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::oauth;
use latchkey_store::page::Newest;

pub(crate) async fn list_oauth_clients(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListOauthClients = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let status = query.status.map(|status| status.as_str());
    let newest = Newest { status, before: page.before()?, rows_max: page.rows_wanted() };
    let context = oauth::list(&db().await?, &ask(&call, None), &org, &newest).await?;
    let (actor, clients) = context.into_actor(call.now_ms())?;
    actor.require("oauth_client.manage")?;
    let shown = |client| represent::oauth_client(client, &actor.policy);
    let entries = clients.iter().map(|client| (Key::new([client.place.into()]), shown(client)));
    Ok(Reply::page(&page.page(entries.collect())))
}
