//! Mails, and what became of them.

use latchkey_domain::facts::MailFacts;

use crate::Timestamp;
use crate::model::{Delivery, MailStatus};

/// Where a mail stands, by the word that the outbox has for it.
pub fn mail_status(state: &str) -> MailStatus {
    match state {
        "sent" => MailStatus::Sent,
        "failed" => MailStatus::Failed,
        "dead" => MailStatus::Dead,
        _ => MailStatus::Queued,
    }
}

/// A mail of the organization.
pub fn delivery(mail: &MailFacts) -> Delivery {
    let is_due = matches!(mail.is.state.as_str(), "pending" | "failed");
    Delivery {
        id: mail.id.to_string(),
        kind: mail.kind.clone(),
        to: mail.recipient.clone(),
        about: mail.subject_id.clone(),
        status: mail_status(&mail.is.state),
        attempts: mail.attempts,
        last_error: mail.is.last_error.clone(),
        next_attempt_at: Some(Timestamp(mail.next_at)).filter(|_| is_due),
        sent_at: mail.sent_at.map(Timestamp),
        created_at: Timestamp(mail.created_at),
    }
}
