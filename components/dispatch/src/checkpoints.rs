//! Signing what logs have become since their newest checkpoints.

use latchkey_domain::OrgId;
use latchkey_edge::checkpoint::{Extended, extend};
use latchkey_edge::limits::{CHECKPOINT_AFTER_S, CHECKPOINT_EVENTS_MAX, DISPATCH_CHECKPOINTS_MAX};
use latchkey_edge::{Call, Database, Problem};
use latchkey_store::checkpoint::{due, put_off, tree};

use crate::dispatch::is_full;

/// What one call has signed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Checkpoints {
    pub(crate) made: u64,
    /// Organizations whose log is not as it was signed.
    pub(crate) withheld: u64,
    /// Whether there is more to sign.
    pub(crate) more: bool,
}

/// Makes checkpoints for the organizations that have waited long enough, the longest waiting first, up to the limit of a call.
pub(crate) async fn checkpoints(call: &Call, db: &Database) -> Result<Checkpoints, Problem> {
    let before = call.now_ms().saturating_sub(CHECKPOINT_AFTER_S.saturating_mul(1000));
    let orgs = due(db, before, DISPATCH_CHECKPOINTS_MAX).await?;
    let most = u64::try_from(DISPATCH_CHECKPOINTS_MAX).unwrap_or(u64::MAX);
    let mut done = Checkpoints { more: is_full(orgs.len(), DISPATCH_CHECKPOINTS_MAX), ..Checkpoints::default() };
    for org in orgs {
        catch_up(call, db, &org, most, &mut done).await?;
    }
    Ok(done)
}

/// A long log takes several checkpoints, one after the other.
async fn catch_up(call: &Call, db: &Database, org: &OrgId, most: u64, done: &mut Checkpoints) -> Result<(), Problem> {
    loop {
        if done.made + done.withheld >= most {
            done.more = true;
            return Ok(());
        }
        let facts = tree(db, org, CHECKPOINT_EVENTS_MAX).await?;
        match extend(call, db, org, &facts).await? {
            Extended::Made(made) => {
                done.made += 1;
                if made.size >= facts.version {
                    return Ok(());
                }
            }
            // Whoever was faster goes on.
            Extended::Late => return Ok(()),
            Extended::UpToDate => return put_off(db, org, call.now_ms()).await.map_err(Problem::from),
            Extended::Withheld(fault) => {
                done.withheld += 1;
                eprintln!("{} no checkpoint of {org}: {fault}", call.request_id());
                return put_off(db, org, call.now_ms()).await.map_err(Problem::from);
            }
        }
    }
}
