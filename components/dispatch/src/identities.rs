//! Brings accounts in keeping with what identity providers tell, where that was not done when it was told.

use latchkey_edge::identity::{Settled, settle};
use latchkey_edge::limits::DISPATCH_IDENTITIES_MAX;
use latchkey_edge::{Call, Database, Problem};
use latchkey_store::identity_news;

use crate::dispatch::is_full;

/// What one call has seen to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Identities {
    pub(crate) settled: u64,
    pub(crate) more: bool,
}

/// Looks at the users who are due. What goes wrong with one of them keeps nobody else waiting; they stay due.
pub(crate) async fn identities(call: &Call, db: &Database) -> Result<Identities, Problem> {
    let due = identity_news::due(db, call.now_ms(), DISPATCH_IDENTITIES_MAX).await?;
    let mut done = Identities { more: is_full(due.len(), DISPATCH_IDENTITIES_MAX), ..Identities::default() };
    for key in due {
        match settle(call, db, &key).await {
            Ok(settled) => done.settled += u64::from(settled.is_some_and(|(_, it)| it == Settled::Settled)),
            Err(fault) => {
                let why = fault.log.as_deref().unwrap_or(&fault.detail);
                eprintln!("{} a user of an identity provider waits: {why}", call.request_id());
            }
        }
    }
    Ok(done)
}
