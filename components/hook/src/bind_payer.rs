//! `PUT /v1/billing/payers/{payer}`: says whom a payer pays for.

use latchkey_domain::billing::PayerId;
use latchkey_edge::billing::settle;
use latchkey_edge::model::BindPayer;
use latchkey_edge::{Call, Code, Problem, Reply, db};
use latchkey_store::billing::{Bound, bind};

use crate::settled::shown;

pub(crate) async fn bind_payer(call: Call) -> Result<Reply, Problem> {
    let id: PayerId = call.path("payer")?;
    let request: BindPayer = call.body()?;
    let db = db().await?;
    match bind(&db, &id, request.organization.as_ref(), call.now_ms()).await? {
        Bound::Bound => {}
        Bound::NoOrg => return Err(Problem::not_found("organization")),
        Bound::Taken => {
            let detail = "Another payer pays for that organization. Have that one pay for nobody first.";
            return Err(Problem::new(Code::OrganizationTaken, detail));
        }
    }
    let settled = settle(&call, &db, &id).await?;
    let (payer, settled) = settled.ok_or_else(|| Problem::internal(format!("{id} was kept, and is not there")))?;
    Ok(Reply::ok(&shown(payer, settled, call.now_ms())))
}
