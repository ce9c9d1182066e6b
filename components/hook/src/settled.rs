//! How a payer who was looked at stands, as it is answered.

use latchkey_domain::facts::PayerFacts;
use latchkey_edge::billing::Settled;
use latchkey_edge::model::{Payer, PayerState};
use latchkey_edge::represent;

/// The payer, as they stand now.
pub(crate) fn shown(payer: PayerFacts, settled: Settled, now: i64) -> Payer {
    let (state, reason) = match settled {
        Settled::Settled => (PayerState::Settled, None),
        Settled::Parked(parked) => (PayerState::Parked, Some(parked.as_str())),
        Settled::Later => (PayerState::Later, None),
    };
    let payer = PayerFacts { parked_at: payer.parked_at.or(Some(now)), ..payer };
    represent::payer(&payer, state, reason)
}
