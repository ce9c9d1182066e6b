//! Coming in by the domain of one's address: whichever way somebody has proved it, this is what follows.

use latchkey_api::limits::DECISIONS_MAX;
use latchkey_api::{Call, Problem};
use latchkey_domain::decide::joining::{Joining, join};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::identity::IdentityKey;
use latchkey_domain::{JoinRequestId, MemberId, OrgId, Refusal};
use latchkey_store::append::Appended;
use latchkey_store::context::Ask;
use latchkey_store::joining::HeldDomainContext;
use latchkey_store::{DbError, joining};

use crate::change::append_once;
use crate::{Database, Entropy};

/// The organization that takes the person of a session in by themselves; `None` without one, and when there is no room. Whatever
/// else keeps them out is told to the operator: they are signed in all the same.
pub async fn at_sign_in(call: &Call, db: &Database, session_hash: &str) -> Option<OrgId> {
    let ask = Ask { token_hash: session_hash, now: call.now_ms(), idempotency_key: None };
    told(call, join_by_domain(call, db, "sign-in", async || joining::held(db, &ask).await).await)
}

/// The same for a user of whom their identity provider tells.
///
/// # Errors
/// Of the store, and where too much goes on at once.
pub async fn by_identity(call: &Call, db: &Database, key: &IdentityKey) -> Result<Option<OrgId>, Problem> {
    let held = async || joining::held_by_identity(db, key, call.now_ms()).await;
    join_by_domain(call, db, "identity", held).await
}

fn told(call: &Call, joined: Result<Option<OrgId>, Problem>) -> Option<OrgId> {
    joined.unwrap_or_else(|problem| {
        eprintln!("{} nobody joined: {}", call.request_id(), problem.log.as_deref().unwrap_or(&problem.detail));
        None
    })
}

async fn join_by_domain(
    call: &Call,
    db: &Database,
    about: &str,
    held: impl AsyncFn() -> Result<HeldDomainContext, DbError>,
) -> Result<Option<OrgId>, Problem> {
    for _ in 0..DECISIONS_MAX {
        let context = held().await?;
        let (Some(who), Some(held)) = (context.who, context.held.filter(|held| held.takes_in())) else {
            return Ok(None);
        };
        let policy = held.org.rules()?;
        let ids = (MemberId::new(Entropy.uuid()), JoinRequestId::new(Entropy.uuid()));
        // No seat, or another organization to leave first: whoever asks to join is told so.
        let Ok(Joining::Joins(command)) = join(&held, &policy, &who, (&ids.0, &ids.1), call.now_ms()) else {
            return Ok(None);
        };
        match append_once(call, db, *command, &who.name(), about).await? {
            Appended::At { .. } => return Ok(Some(held.org.id)),
            Appended::Stale => {}
        }
    }
    Err(Refusal::Contention.into())
}
