//! Signing what a log has become: the same for whoever asks and for the timer.

use latchkey_api::{Call, Problem};
use latchkey_domain::OrgId;
use latchkey_domain::checkpoint::{Checkpoint, LogFault, TreeFacts};
use latchkey_store::checkpoint::keep;

use crate::Database;

/// What became of a log's tree.
pub enum Extended {
    /// The newest checkpoint covers everything.
    UpToDate,
    Made(Checkpoint),
    /// Somebody else made one meanwhile.
    Late,
    /// The database was changed by other means: nothing is signed.
    Withheld(LogFault),
}

/// Makes the checkpoint that follows from the facts, if one does.
///
/// # Errors
/// Of the store, and without a key to sign with.
pub async fn extend(call: &Call, db: &Database, org: &OrgId, facts: &TreeFacts) -> Result<Extended, Problem> {
    let settings = call.settings();
    let extension = match facts.extend(settings.secret_keys()?) {
        Ok(Some(extension)) => extension,
        Ok(None) => return Ok(Extended::UpToDate),
        Err(fault) => return Ok(Extended::Withheld(fault)),
    };
    let made = extension.sign(&settings.log_origin(org), settings.signing_key()?, call.now_ms());
    Ok(if keep(db, org, &extension, &made).await? { Extended::Made(made) } else { Extended::Late })
}
