//! Gives organizations what is paid for them, where that was not done when it was told.

use latchkey_edge::billing::{Settled, settle};
use latchkey_edge::limits::{DISPATCH_FORGETS_MAX, DISPATCH_PAYERS_MAX, HOOK_EVENT_KEPT_S};
use latchkey_edge::{Call, Database, Problem};
use latchkey_store::{billing, hook};

use crate::dispatch::is_full;

/// What one call has seen to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Payers {
    pub(crate) settled: u64,
    pub(crate) more: bool,
}

/// Looks at the payers who are due, and forgets events that nobody will repeat any more.
pub(crate) async fn payers(call: &Call, db: &Database) -> Result<Payers, Problem> {
    let due = billing::due(db, call.now_ms(), DISPATCH_PAYERS_MAX).await?;
    let mut done = Payers { more: is_full(due.len(), DISPATCH_PAYERS_MAX), ..Payers::default() };
    for payer in due {
        let settled = settle(call, db, &payer).await?;
        done.settled += u64::from(settled.is_some_and(|(_, settled)| settled == Settled::Settled));
    }
    let kept_since = call.now_ms().saturating_sub(HOOK_EVENT_KEPT_S.saturating_mul(1000));
    hook::forget(db, kept_since, DISPATCH_FORGETS_MAX).await?;
    Ok(done)
}
