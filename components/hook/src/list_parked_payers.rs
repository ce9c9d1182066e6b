//! `GET /v1/billing/payers`: who pays, and waits for a person.

use latchkey_edge::model::{ListParkedPayers, PayerState};
use latchkey_edge::{Call, Key, Problem, Reply, db, represent};
use latchkey_store::billing::parked;

pub(crate) async fn list_parked_payers(call: Call) -> Result<Reply, Problem> {
    let query: ListParkedPayers = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let after = page.after().map(|key| Ok::<_, Problem>((key.integer(0)?, key.text(1)?))).transpose()?;
    let payers = parked(&db().await?, after, page.rows_wanted()).await?;
    let entries = payers.iter().map(|payer| {
        let key = Key::new([payer.parked_at.unwrap_or_default().into(), payer.id.as_str().into()]);
        (key, represent::payer(payer, PayerState::Parked, payer.parked.as_deref()))
    });
    Ok(Reply::page(&page.page(entries.collect())))
}
