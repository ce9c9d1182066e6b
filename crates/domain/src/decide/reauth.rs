//! Dangerous changes, for which an organization may want people to have signed in lately.

use crate::Refusal;
use crate::command::{Command, Item, Judge, WantsTopRole};
use crate::event::Change;
use crate::facts::{OrgFacts, Proof};

/// Refuses a dangerous change to a session that is older than the organization wants. A program's key is no session, and has no sign-in to
/// repeat; making one is dangerous itself.
///
/// # Errors
/// How long ago the person may have signed in.
pub fn guard(command: &Command, org: &OrgFacts, proof: &Proof, now: i64) -> Result<(), Refusal> {
    let (Some(max_age_s), Proof::Session(session)) = (org.reauth_after_s, proof) else { return Ok(()) };
    let age_ms = now.saturating_sub(session.signed_in_at);
    if age_ms <= i64::from(max_age_s).saturating_mul(1000) || !is_dangerous(command) {
        return Ok(());
    }
    Err(Refusal::SignInAgain { max_age_s })
}

/// What gives an organization away, or opens another way into it. Taking access away is never held up.
fn is_dangerous(command: &Command) -> bool {
    let opens = |change: &Change| match change {
        Change::OrgDeleted(..)
        | Change::PolicyChanged(..)
        | Change::ApiKeyCreated(..)
        | Change::ApiKeyChanged(..)
        | Change::ApiKeyRotated(..)
        | Change::OauthClientCreated(..)
        | Change::OauthClientRotated(..)
        | Change::DomainClaimed(..)
        | Change::DomainVerified(..)
        | Change::DomainChanged(..)
        | Change::WebhookCreated(..)
        | Change::WebhookChanged(..)
        | Change::WebhookRotated(..) => true,
        Change::OrgSettingsChanged(_, changed) => changed.reauth_after_s.is_some(),
        _ => false,
    };
    command.kind == "owner.transfer"
        || command.items.iter().any(|item| gives_top_role(item) || item.changes.iter().any(opens))
}

/// Whether it makes somebody a holder of the top role, now or once they accept.
fn gives_top_role(item: &Item) -> bool {
    match &item.judge {
        Judge::Premises => false,
        Judge::Promote { wants_top_role } | Judge::Invite { wants_top_role, .. } => {
            *wants_top_role == WantsTopRole::Yes
        }
    }
}
