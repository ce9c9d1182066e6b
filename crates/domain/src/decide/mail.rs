//! Mails, sent once more by hand.

use super::invitation::reaches;
use super::org::by;
use crate::Refusal;
use crate::command::Command;
use crate::event::{Change, Nothing};
use crate::facts::{Actor, MailFacts};

/// How often one mail can be sent once more by hand: whoever gets it did not ask for it.
pub const MAIL_RETRIES_MAX: u64 = 5;

/// Has a mail that did not arrive sent once more, with all its tries. One that is on its way stays so, and this says so by
/// appending nothing.
///
/// # Errors
/// Needs `member.invite`, for an invitation also that the role may be invited to. A mail that the provider has is not sent again.
pub fn retry(actor: &Actor, mail: Option<&MailFacts>, now: i64) -> Result<Command, Refusal> {
    actor.require("member.invite")?;
    let mail = mail.ok_or(Refusal::NotFound("delivery"))?;
    if let Some(role) = &mail.invited_role {
        reaches(actor, role)?;
    }
    if mail.is.state == "sent" {
        return Err(Refusal::MailWasSent);
    }
    if mail.is_on_its_way(now) {
        return Ok(by(actor, "mail.retry", Vec::new()));
    }
    if mail.retries >= MAIL_RETRIES_MAX {
        return Err(Refusal::LimitReached { what: "retries of a mail", max: MAIL_RETRIES_MAX });
    }
    Ok(by(actor, "mail.retry", vec![Change::MailRetried(mail.id.clone(), Nothing {})]))
}
