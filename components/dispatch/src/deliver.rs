//! Takes mails that are due to whoever carries them, several at a time, and writes down what became of each.

use std::time::Duration;

use latchkey_delivery::{Message, Verdict, mail_again_in_s};
use latchkey_edge::fetch::Post;
use latchkey_edge::limits::{
    DISPATCH_MAILS_AT_ONCE_MAX, DISPATCH_MAILS_MAX, MAIL_ANSWER_BYTES_MAX, MAIL_ATTEMPTS_MAX, MAIL_AUDIENCE_MAX,
    MAIL_LEASE_S, MAIL_TIMEOUT_S,
};
use latchkey_edge::{Call, Carrier, Database, MailSettings, Problem, clock};
use latchkey_store::outbox::{self, Mail, Tried};

use crate::flight::{Bounds, Left, Taken, Then, work};
use crate::mail::{self, Written};

/// When a mail is tried again that a provider did not look at, and did not say when to come back.
const SLOWER_AFTER_S: u64 = 1;

const BOUNDS: Bounds = Bounds { at_once_max: DISPATCH_MAILS_AT_ONCE_MAX, pieces_max: DISPATCH_MAILS_MAX };

/// What one call has done.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Delivered {
    pub(crate) sent: u64,
    pub(crate) failed: u64,
    /// Whether there may be more to deliver.
    pub(crate) more: bool,
}

/// What became of one mail.
enum Outcome {
    Sent {
        provider_id: Option<String>,
    },
    /// Each of its readers has a mail of their own now.
    Addressed,
    Later {
        reason: String,
        after_s: Option<u64>,
    },
    /// The provider wants fewer at a time; this one was not looked at.
    Slower {
        after_s: u64,
    },
    Never {
        reason: String,
    },
    /// What it is about has ended.
    Void,
}

/// Delivers what is due. What goes wrong with one mail keeps no other from its way.
pub(crate) async fn deliver(call: &Call, db: &Database) -> Result<Delivered, Problem> {
    let settings = call.settings().mail()?;
    let mut done = Delivered::default();
    let take = async |wanted| {
        let rows_max = i64::try_from(wanted).unwrap_or_default();
        let now = clock::now().0;
        let until = now.saturating_add(MAIL_LEASE_S.saturating_mul(1000));
        let mails = outbox::take(db, call.request_id(), (now, until), MAIL_ATTEMPTS_MAX, rows_max).await?;
        let is_last = mails.len() < wanted;
        let mails = mails.into_iter().map(|mail| one(call, db, settings, mail)).collect();
        Ok(if is_last { Taken::Last(mails) } else { Taken::Some(mails) })
    };
    let note = |outcome| {
        match outcome {
            Outcome::Sent { .. } => done.sent += 1,
            Outcome::Later { .. } | Outcome::Never { .. } => done.failed += 1,
            Outcome::Addressed | Outcome::Void | Outcome::Slower { .. } => {}
        }
        match outcome {
            Outcome::Addressed => Then::TakeAgain,
            Outcome::Slower { .. } => Then::Stop,
            _ => Then::GoOn,
        }
    };
    let left = work(call, BOUNDS, take, note).await?;
    Ok(Delivered { more: left == Left::Perhaps, ..done })
}

/// One mail, from its words to what became of it.
///
/// # Errors
/// When that cannot be written down.
async fn one(call: &Call, db: &Database, settings: &MailSettings, mail: Mail) -> Result<Outcome, Problem> {
    let outcome = outcome(call, db, settings, &mail).await.unwrap_or_else(|fault| {
        let reason = fault.log.as_deref().unwrap_or(&fault.detail);
        eprintln!("{} mail {}: {reason}", call.request_id(), mail.id);
        Outcome::Later { reason: "the service could not write it".to_owned(), after_s: None }
    });
    record(call, db, &mail, &outcome).await?;
    Ok(outcome)
}

async fn outcome(call: &Call, db: &Database, settings: &MailSettings, mail: &Mail) -> Result<Outcome, Problem> {
    if mail.organization_sends == Some(false) {
        return Ok(Outcome::Void);
    }
    if let Some(audience) = &mail.audience {
        let roles = mail::roles_of(mail, audience)?;
        outbox::address(db, &mail.id, &roles, call.now_ms(), MAIL_AUDIENCE_MAX).await?;
        return Ok(Outcome::Addressed);
    }
    Ok(match current(mail, mail::write(mail, call.settings(), settings.language)?) {
        Some(written) => carry(call, settings, mail, &written).await,
        None => Outcome::Void,
    })
}

/// A mail, unless the code or the invitation in it has ended.
fn current(mail: &Mail, written: Option<Written>) -> Option<Written> {
    let is_open = mail.invitation_status.as_deref().is_none_or(|status| status == "pending");
    written.filter(|_| is_open && mail.expires_at.is_none_or(|at| at > clock::now().0))
}

/// Hands a mail over.
async fn carry(call: &Call, settings: &MailSettings, mail: &Mail, written: &Written) -> Outcome {
    let (provider, sender) = match &settings.carrier {
        Carrier::Provider { provider, sender } => (provider, sender),
        Carrier::Mailbox => return Outcome::Sent { provider_id: None },
        Carrier::Nobody => return Outcome::Never { reason: "this service sends no mail".to_owned() },
    };
    // Sent once more by hand, it is another mail to the provider: under the same id it would be taken for a repetition.
    let id = if mail.retries == 0 { mail.id.clone() } else { format!("{}:again{}", mail.id, mail.retries) };
    let message = Message {
        id: &id,
        kind: &mail.kind,
        to: &mail.recipient,
        subject: &written.letter.subject,
        text: &written.letter.text(),
        html: &written.letter.html(),
        language: settings.language,
    };
    let request = provider.request(&message, sender, clock::now().0 / 1000);
    let post = Post {
        url: request.url,
        headers: request.headers,
        body: request.body,
        timeout: Duration::from_secs(MAIL_TIMEOUT_S),
        answer_bytes_max: MAIL_ANSWER_BYTES_MAX,
    };
    match post.send().await {
        Ok(answer) => match provider.verdict(answer.status, answer.retry_after.as_deref(), &answer.body) {
            Verdict::Accepted { provider_id } => Outcome::Sent { provider_id },
            Verdict::Later { reason, said, after_s } => {
                if let Some(said) = said {
                    eprintln!("{} mail {}: {reason}: {said}", call.request_id(), mail.id);
                }
                Outcome::Later { reason, after_s }
            }
            Verdict::Slower { after_s } => Outcome::Slower { after_s: after_s.unwrap_or(SLOWER_AFTER_S) },
            Verdict::Refused { reason } => Outcome::Never { reason },
        },
        Err(unanswered) => Outcome::Later { reason: format!("mail provider: {}", unanswered.0), after_s: None },
    }
}

async fn record(call: &Call, db: &Database, mail: &Mail, outcome: &Outcome) -> Result<(), Problem> {
    let now = clock::now().0;
    let in_s = |seconds: u64| now.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000));
    let done = Tried {
        id: &mail.id,
        state: "sent",
        attempts: mail.attempts,
        error: None,
        provider_id: None,
        next_at: now,
        sent_at: None,
    };
    let tried = match outcome {
        Outcome::Sent { provider_id } => Tried { provider_id: provider_id.as_deref(), sent_at: Some(now), ..done },
        Outcome::Addressed => Tried { sent_at: Some(now), ..done },
        Outcome::Void => Tried { state: "dead", error: Some(mail::VOID), ..done },
        Outcome::Never { reason } => Tried { state: "dead", error: Some(reason), ..done },
        Outcome::Slower { after_s } => {
            let attempts = mail.attempts.saturating_sub(1);
            let state = if attempts == 0 { "pending" } else { "failed" };
            Tried { state, attempts, next_at: in_s(*after_s), ..done }
        }
        Outcome::Later { reason, after_s } => match mail_again_in_s(mail.attempts) {
            Some(again_in_s) => {
                let next_at = in_s(after_s.unwrap_or_default().max(again_in_s));
                Tried { state: "failed", error: Some(reason), next_at, ..done }
            }
            None => Tried { state: "dead", error: Some(reason), ..done },
        },
    };
    outbox::record(db, call.request_id(), &tried).await?;
    Ok(())
}
