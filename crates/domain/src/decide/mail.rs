//! Mails, sent once more by hand.

use super::org::by;
use crate::Refusal;
use crate::command::Command;
use crate::event::{Change, Nothing};
use crate::facts::{Actor, MailFacts};

/// Has a mail sent once more, with all its tries. One that waits for its first try is on its way already, and this says so by
/// appending nothing.
///
/// # Errors
/// Needs `member.invite`.
pub fn retry(actor: &Actor, mail: Option<&MailFacts>) -> Result<Command, Refusal> {
    actor.require("member.invite")?;
    let mail = mail.ok_or(Refusal::NotFound("delivery"))?;
    let waits = mail.is.state == "pending" && mail.attempts == 0;
    let changes = if waits { Vec::new() } else { vec![Change::MailRetried(mail.id.clone(), Nothing {})] };
    Ok(by(actor, "mail.retry", changes))
}
