//! Deletes activity that is older than its organization keeps it.

use latchkey_domain::facts::activity_kept_since;
use latchkey_edge::limits::{ACTIVITY_SWEEP_S, DISPATCH_SWEEPS_MAX, DISPATCH_SWEPT_MAX};
use latchkey_edge::{Problem, activity_db};
use latchkey_store::dispatch::{self, Sweep};

use crate::dispatch::is_full;

/// What was deleted, and whether there may be more.
#[derive(Default)]
pub(crate) struct Swept {
    pub(crate) deleted: u64,
    pub(crate) more: bool,
}

/// A batch of each organization that is due. One with more than a batch stays due, after the others that are.
pub(crate) async fn sweep(now: i64) -> Result<Swept, Problem> {
    let db = activity_db().await?;
    let due = dispatch::due_sweeps(&db, now, DISPATCH_SWEEPS_MAX).await?;
    let mut swept = Swept { more: is_full(due.len(), DISPATCH_SWEEPS_MAX), ..Swept::default() };
    for Sweep { org, retention_days } in due {
        let before = activity_kept_since(retention_days, now);
        let deleted = dispatch::sweep(&db, &org, before, DISPATCH_SWEPT_MAX).await?;
        swept.deleted = swept.deleted.saturating_add(u64::try_from(deleted).unwrap_or(u64::MAX));
        let has_more = is_full(deleted, DISPATCH_SWEPT_MAX);
        swept.more |= has_more;
        let again_in_s = if has_more { 0 } else { ACTIVITY_SWEEP_S };
        dispatch::swept(&db, &org, now.saturating_add(again_in_s.saturating_mul(1000))).await?;
    }
    Ok(swept)
}
