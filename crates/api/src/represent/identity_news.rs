//! Users of identity providers, as events have told of them.

use latchkey_domain::facts::IdentityFacts;

use crate::Timestamp;
use crate::model::ParkedIdentity;

/// A user who waits for a person.
pub fn parked_identity(told: &IdentityFacts) -> ParkedIdentity {
    ParkedIdentity {
        subject: told.subject.clone(),
        user: told.who.as_ref().map(|who| who.user.to_string()),
        reason: told.parked.clone().unwrap_or_default(),
        parked_at: Timestamp(told.parked_at.unwrap_or_default()),
        organizations: told.organizations.iter().map(ToString::to_string).collect(),
    }
}
