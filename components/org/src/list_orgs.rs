//! `GET /v1/orgs`: the organizations of the person asking.

use latchkey_edge::change::ask;
use latchkey_edge::model::ListOrgs;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::org;

pub(crate) async fn list_orgs(call: Call) -> Result<Reply, Problem> {
    let query: ListOrgs = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let after = page.after().map(|key| key.text(0)).transpose()?;
    let context = org::mine(&db().await?, &ask(&call, None), after, page.rows_wanted()).await?;
    represent::who(context.who)?;
    let mut entries = Vec::new();
    for mine in context.facts {
        let policy = mine.org.rules()?;
        let shown = represent::org(&mine.org, &policy, &mine.role, call.settings());
        entries.push((Key::new([mine.org.id.to_string().into()]), shown));
    }
    Ok(Reply::page(&page.page(entries)))
}
