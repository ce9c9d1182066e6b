//! `GET /v1/hooks/identity`: which users of an identity provider wait for a person.

use latchkey_edge::model::ListParkedIdentities;
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::identity_news::parked;

pub(crate) async fn list_parked_identities(call: Call) -> Result<Reply, Problem> {
    let query: ListParkedIdentities = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let after = page.after().map(|key| Ok::<_, Problem>((key.integer(0)?, key.text(1)?))).transpose()?;
    let identities = parked(&db().await?, after, page.rows_wanted()).await?;
    let entries = identities.iter().map(|told| {
        let key = Key::new([told.parked_at.unwrap_or_default().into(), told.key.as_str().into()]);
        (key, represent::parked_identity(told))
    });
    Ok(Reply::page(&page.page(entries.collect())))
}
