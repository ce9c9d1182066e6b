//! `GET /v1/orgs/{org}/deliveries`: the organization's mails and what became of them, the newest first.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::model::ListDeliveries;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::outbox::{self, List};

pub(crate) async fn list_deliveries(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ListDeliveries = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let before = page.after().map(|key| Ok::<_, Problem>((key.integer(0)?, key.text(1)?))).transpose()?;
    let undelivered = query.status.map(|status| status.as_str());
    let list = List { undelivered, before, rows_max: page.rows_wanted() };
    let context = outbox::list(&db().await?, &ask(&call, None), &org, &list).await?;
    let (actor, mails) = context.into_actor(call.now_ms())?;
    actor.require("member.invite")?;
    let key = |mail: &latchkey_domain::facts::MailFacts| Key::new([mail.created_at.into(), mail.id.as_str().into()]);
    let entries = mails.iter().map(|mail| (key(mail), represent::delivery(mail)));
    Ok(Reply::page(&page.page(entries.collect())))
}
