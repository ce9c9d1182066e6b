//! Mails, as decisions and lists see them.

use serde::Deserialize;

use crate::MailId;

/// Where a mail stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MailState {
    /// `pending`, `sent`, `failed` (and to be tried again) or `dead`.
    pub state: String,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// A mail of the organization asked about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MailFacts {
    pub id: MailId,
    pub kind: String,
    pub recipient: String,
    pub subject_id: String,
    #[serde(flatten)]
    pub is: MailState,
    /// How often it was tried.
    pub attempts: u64,
    /// How often it was sent once more by hand.
    pub retries: u64,
    /// When it is tried next, while it is.
    pub next_at: i64,
    /// Whether somebody has taken it, until `next_at`.
    pub is_taken: bool,
    /// Of an invitation: the role that it leads to.
    pub invited_role: Option<String>,
    pub sent_at: Option<i64>,
    pub created_at: i64,
}

impl MailFacts {
    /// Whether it waits for its first try, or is being handed over.
    pub fn is_on_its_way(&self, now: i64) -> bool {
        self.is.state == "pending" || (self.is_taken && self.next_at > now)
    }
}
