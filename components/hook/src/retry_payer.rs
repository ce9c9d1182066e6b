//! `POST /v1/billing/payers/{payer}/retry`: looks at a payer again.

use latchkey_domain::billing::PayerId;
use latchkey_edge::billing::settle;
use latchkey_edge::{Call, Problem, Reply, db};

use crate::settled::shown;

pub(crate) async fn retry_payer(call: Call) -> Result<Reply, Problem> {
    let id: PayerId = call.path("payer")?;
    let settled = settle(&call, &db().await?, &id).await?;
    let (payer, settled) = settled.ok_or_else(|| Problem::not_found("payer"))?;
    Ok(Reply::ok(&shown(payer, settled, call.now_ms())))
}
