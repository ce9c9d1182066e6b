//! `GET /v1/me/projects`: the projects that the person asking is in by themselves.

use latchkey_edge::change::ask;
use latchkey_edge::model::{ListMyProjects, MyProject};
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::project;

pub(crate) async fn list_my_projects(call: Call) -> Result<Reply, Problem> {
    let query: ListMyProjects = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let after = page.after().map(|key| key.text(0)).transpose()?;
    let context = project::mine(&db().await?, &ask(&call, None), after, page.rows_wanted()).await?;
    represent::who(context.who)?;
    let entries =
        context.facts.into_iter().map(|mine| (Key::new([mine.project.id.to_string().into()]), MyProject::from(mine)));
    Ok(Reply::page(&page.page(entries.collect())))
}
