//! Coming in by the domain of one's address, at sign-in: whichever way somebody has proved their address, this is what follows.

use latchkey_api::limits::DECISIONS_MAX;
use latchkey_api::{Call, Problem};
use latchkey_domain::decide::joining::{Joining, join};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{JoinRequestId, MemberId, OrgId, Refusal};
use latchkey_store::append::Appended;
use latchkey_store::context::Ask;
use latchkey_store::joining;

use crate::change::append_once;
use crate::{Database, Entropy};

/// The organization that takes the person of a session in by themselves; `None` without one, and when there is no room. Whatever
/// else keeps them out is told to the operator: they are signed in all the same.
pub async fn at_sign_in(call: &Call, db: &Database, session_hash: &str) -> Option<OrgId> {
    join_by_domain(call, db, session_hash).await.unwrap_or_else(|problem| {
        eprintln!("{} nobody joined: {}", call.request_id(), problem.log.as_deref().unwrap_or(&problem.detail));
        None
    })
}

async fn join_by_domain(call: &Call, db: &Database, session_hash: &str) -> Result<Option<OrgId>, Problem> {
    let ask = Ask { token_hash: session_hash, now: call.now_ms(), idempotency_key: None };
    for _ in 0..DECISIONS_MAX {
        let context = joining::held(db, &ask).await?;
        let (Some(who), Some(held)) = (context.who, context.held.filter(|held| held.takes_in())) else {
            return Ok(None);
        };
        let policy = held.org.rules()?;
        let ids = (MemberId::new(Entropy.uuid()), JoinRequestId::new(Entropy.uuid()));
        // No seat, or another organization to leave first: whoever asks to join is told so.
        let Ok(Joining::Joins(command)) = join(&held, &policy, &who, (&ids.0, &ids.1), call.now_ms()) else {
            return Ok(None);
        };
        match append_once(call, db, *command, who.user.as_str(), "sign-in").await? {
            Appended::At { .. } => return Ok(Some(held.org.id)),
            Appended::Stale => {}
        }
    }
    Err(Refusal::Contention.into())
}
