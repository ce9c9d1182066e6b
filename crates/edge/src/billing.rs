//! Bringing an organization's plan into keeping with what is paid for it: the same for whoever tells of a payment, for the operator
//! and for the timer.

use latchkey_api::limits::{BILLING_LOOKED_AT_AGAIN_S, DECISIONS_MAX};
use latchkey_api::{Call, Problem};
use latchkey_domain::billing::{Parked, PayerId};
use latchkey_domain::command::BILLING;
use latchkey_domain::decide::billing::{Settlement, settle as decide};
use latchkey_domain::facts::PayerFacts;
use latchkey_store::append::Appended;
use latchkey_store::billing;

use crate::Database;
use crate::change::append_once;

/// How a payer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The organization has what is paid for.
    Settled,
    Parked(Parked),
    /// There is more going on than can be decided now: the timer comes back to it.
    Later,
}

/// Looks at a payer, unless nothing is new. `None`: nobody has ever told of them.
///
/// # Errors
/// Of the store.
pub async fn settle(call: &Call, db: &Database, id: &PayerId) -> Result<Option<(PayerFacts, Settled)>, Problem> {
    let prices = &call.settings().hooks()?.prices;
    let now = call.now_ms();
    let mut last = None;
    for _ in 0..DECISIONS_MAX {
        let Some((payer, org)) = billing::payer(db, id).await? else { return Ok(None) };
        if !payer.is_due {
            return Ok(Some((payer, Settled::Settled)));
        }
        let settled = match decide(&payer, org.as_ref(), prices, now)? {
            Settlement::Bill(command) => {
                let appended = append_once(call, db, *command, BILLING, id.as_str()).await?;
                matches!(appended, Appended::At { .. }).then_some(Settled::Settled)
            }
            Settlement::Nothing => billing::put_aside(db, &payer, None, now, None).await?.then_some(Settled::Settled),
            Settlement::Parked(parked) => {
                let again_at = now.saturating_add(BILLING_LOOKED_AT_AGAIN_S.saturating_mul(1000));
                let is_aside = billing::put_aside(db, &payer, Some(parked), now, Some(again_at)).await?;
                is_aside.then_some(Settled::Parked(parked))
            }
        };
        if let Some(settled) = settled {
            return Ok(Some((payer, settled)));
        }
        last = Some(payer);
    }
    Ok(last.map(|payer| (payer, Settled::Later)))
}
