//! What the log says of a moment in the past, as facts of the same shape as those of the present.

use serde::Deserialize;

use super::OrgFacts;
use crate::Refusal;

/// An organization as it was, with the facts of one operation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Past<T> {
    /// Its version and effective time are those of the last event until then, and so are its settings, its rules and its
    /// counters; nothing is decided in the past, so `rev` and the numbers of top role holders are 0.
    pub org: OrgFacts,
    pub facts: T,
}

impl<T> Past<T> {
    /// The past of an organization, which begins with its first event.
    ///
    /// # Errors
    /// When the moment asked about lies before it.
    pub fn begun(past: Option<Self>, org: &OrgFacts) -> Result<Self, Refusal> {
        past.ok_or(Refusal::BeforeTheBeginning { since: org.created_at })
    }
}
