//! Coming in by the domain of one's address, at sign-in: whichever way somebody has proved their address, this is what follows.

use latchkey_api::limits::DECISIONS_MAX;
use latchkey_api::{Call, Problem};
use latchkey_domain::decide::joining::{Joining, join};
use latchkey_domain::fresh::Fresh;
use latchkey_domain::secret::token_hash;
use latchkey_domain::{JoinRequestId, MemberId, OrgId, Refusal};
use latchkey_store::append::{Appended, Request, append};
use latchkey_store::context::Ask;
use latchkey_store::joining;

use crate::{Database, Entropy};

/// The organization that takes the person of a session in by themselves; `None` without one, and when there is no room.
///
/// # Errors
/// Of the store, or a stored policy that cannot be read. Whoever signs in is signed in all the same.
pub async fn at_sign_in(call: &Call, db: &Database, session_hash: &str) -> Result<Option<OrgId>, Problem> {
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
        let sealed = command.seal(call.now_ms(), &mut Entropy);
        let (principal, request_hash) = (who.user.to_string(), token_hash("sign-in"));
        let request =
            Request { principal: &principal, idempotency_key: None, request_hash: &request_hash, client: None };
        match append(db, &sealed, &request, &serde_json::Value::Null).await? {
            Appended::At { .. } => return Ok(Some(held.org.id)),
            Appended::Stale => {}
        }
    }
    Err(Refusal::Contention.into())
}
