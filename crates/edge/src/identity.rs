//! Bringing an account in keeping with what its identity provider tells of the user: the same for whoever tells it, and for the timer.

use latchkey_api::limits::{DECISIONS_MAX, IDENTITY_LOOKED_AT_AGAIN_S};
use latchkey_api::{Call, Problem};
use latchkey_domain::UserId;
use latchkey_domain::command::{Command, IDENTITY};
use latchkey_domain::decide::identity::{Settlement, settle as decide};
use latchkey_domain::facts::IdentityFacts;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::identity::{IdentityKey, Parked};
use latchkey_domain::secret::token_hash;
use latchkey_store::DbError;
use latchkey_store::append::{Request, append_several};
use latchkey_store::identity_news as news;
use serde_json::Value;

use crate::{Database, Entropy, joining};

/// How a user of an identity provider stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The account is in keeping with what is told.
    Settled,
    Parked(Parked),
    /// There is more going on than can be decided now: the timer comes back to it.
    Later,
}

/// Looks at a user, unless nothing is new, and goes on step by step until their account is in keeping with what is told; each is a
/// change of its own, so that whoever comes after a crash goes on from there. With them whose account it is about, or was, if there is
/// one. `None`: nobody has ever told of them.
///
/// # Errors
/// Of the store.
pub async fn settle(
    call: &Call,
    db: &Database,
    key: &IdentityKey,
) -> Result<Option<(Option<UserId>, Settled)>, Problem> {
    let now = call.now_ms();
    let mut user = None;
    for _ in 0..DECISIONS_MAX {
        let Some(told) = news::told(db, key).await? else { return Ok(None) };
        user = told.who.as_ref().map(|who| who.user.clone()).or(user);
        if !told.is_due {
            return Ok(Some((user, Settled::Settled)));
        }
        match decide(&told)? {
            Settlement::Enter(profile) => {
                news::enter(db, &told, &profile, &UserId::new(Entropy.uuid()), now).await?;
            }
            Settlement::Change(account, profile) => {
                news::change(db, &told, &profile, &account, now).await?;
            }
            Settlement::Delete(commands) => delete(call, db, commands, key).await?,
            Settlement::Nothing => {
                if joins(&told) {
                    joining::by_identity(call, db, key).await?;
                }
                if news::put_aside(db, &told, None, now, None).await? {
                    return Ok(Some((user, Settled::Settled)));
                }
            }
            Settlement::Parked(parked) => {
                let again_at = now.saturating_add(IDENTITY_LOOKED_AT_AGAIN_S.saturating_mul(1000));
                if news::put_aside(db, &told, Some(parked), now, Some(again_at)).await? {
                    return Ok(Some((user, Settled::Parked(parked))));
                }
            }
        }
    }
    Ok(Some((user, Settled::Later)))
}

/// Whether an organization may take them in by an address that is theirs.
fn joins(told: &IdentityFacts) -> bool {
    told.may_join && told.who.is_some() && told.said.as_ref().is_some_and(|said| said.is_verified)
}

/// Whether it came to that or not: what is left to do is seen when the user is looked at again.
async fn delete(call: &Call, db: &Database, commands: Vec<Command>, key: &IdentityKey) -> Result<(), DbError> {
    let sealed: Vec<_> = commands.into_iter().map(|command| command.seal(call.now_ms(), &mut Entropy)).collect();
    let request_hash = token_hash(key.as_str());
    let request = Request { principal: IDENTITY, idempotency_key: None, request_hash: &request_hash, client: None };
    append_several(db, &sealed, &request, &Value::Null).await.map(drop)
}
