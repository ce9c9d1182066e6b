//! Takes mails that are due to whoever carries them, several at a time, and writes down what became of each.

use std::time::Duration;

use latchkey_delivery::{Message, Verdict, mail_again_in_s};
use latchkey_edge::fetch::{InFlight, Post, StreamExt as _};
use latchkey_edge::limits::{
    DISPATCH_DELIVERS_S, DISPATCH_MAILS_AT_ONCE_MAX, MAIL_ANSWER_BYTES_MAX, MAIL_AUDIENCE_MAX, MAIL_LEASE_S,
    MAIL_TIMEOUT_S,
};
use latchkey_edge::{Call, Carrier, Database, MailSettings, Problem, clock};
use latchkey_store::outbox::{self, Mail, Tried};

use crate::dispatch::is_full;
use crate::mail::{self, Written};

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
    Never {
        reason: String,
    },
    /// What it is about has ended.
    Void,
}

/// Delivers until nothing is due, or the time of a call is over. Whoever else does so at the same time takes other mails.
pub(crate) async fn deliver(call: &Call, db: &Database) -> Result<Delivered, Problem> {
    let settings = call.settings().mail()?;
    let began = clock::now().0;
    let mut done = Delivered::default();
    let mut in_flight = InFlight::new();
    let mut is_drained = false;
    loop {
        let is_over = clock::now().0.saturating_sub(began) >= DISPATCH_DELIVERS_S.saturating_mul(1000);
        // Half of the places are filled at once, so that taking mails costs two statements for several of them.
        if !is_drained && !is_over && in_flight.len() <= DISPATCH_MAILS_AT_ONCE_MAX / 2 {
            let wanted = i64::try_from(DISPATCH_MAILS_AT_ONCE_MAX - in_flight.len()).unwrap_or_default();
            let now = clock::now().0;
            let until = now.saturating_add(MAIL_LEASE_S.saturating_mul(1000));
            let taken = outbox::take(db, call.request_id(), now, until, wanted).await?;
            is_drained = !is_full(taken.len(), wanted);
            in_flight.extend(taken.into_iter().map(|mail| one(call, db, settings, mail)));
        }
        match in_flight.next().await {
            Some(outcome) => match outcome? {
                Outcome::Sent { .. } => done.sent += 1,
                Outcome::Addressed => is_drained = false,
                Outcome::Void => {}
                Outcome::Later { .. } | Outcome::Never { .. } => done.failed += 1,
            },
            None if is_drained || is_over => break,
            None => {}
        }
    }
    done.more = !is_drained;
    Ok(done)
}

/// One mail, from its words to what became of it.
async fn one(call: &Call, db: &Database, settings: &MailSettings, mail: Mail) -> Result<Outcome, Problem> {
    let outcome = if let Some(audience) = &mail.audience {
        let roles = mail::roles_of(&mail, audience)?;
        outbox::address(db, &mail.id, &roles, call.now_ms(), MAIL_AUDIENCE_MAX).await?;
        Outcome::Addressed
    } else {
        match current(&mail, mail::write(&mail, call.settings(), settings.language)?) {
            Some(written) => carry(settings, &mail, &written).await,
            None => Outcome::Void,
        }
    };
    record(call, db, &mail, &outcome).await?;
    Ok(outcome)
}

/// A mail, unless the code or the invitation in it has ended.
fn current(mail: &Mail, written: Option<Written>) -> Option<Written> {
    let is_open = mail.invitation_status.as_deref().is_none_or(|status| status == "pending");
    written.filter(|_| is_open && mail.expires_at.is_none_or(|at| at > clock::now().0))
}

/// Hands a mail over.
async fn carry(settings: &MailSettings, mail: &Mail, written: &Written) -> Outcome {
    let (provider, sender) = match &settings.carrier {
        Carrier::Provider { provider, sender } => (provider, sender),
        Carrier::Mailbox => return Outcome::Sent { provider_id: None },
        Carrier::Nobody => return Outcome::Never { reason: "this service sends no mail".to_owned() },
    };
    let message = Message {
        id: &mail.id,
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
            Verdict::Later { reason, after_s } => Outcome::Later { reason, after_s },
            Verdict::Refused { reason } => Outcome::Never { reason },
        },
        Err(unanswered) => Outcome::Later { reason: format!("mail provider: {}", unanswered.0), after_s: None },
    }
}

async fn record(call: &Call, db: &Database, mail: &Mail, outcome: &Outcome) -> Result<(), Problem> {
    let now = clock::now().0;
    let (mut state, mut next_at) = ("sent", now);
    let (mut error, mut id, mut sent_at) = (None, None, None);
    match outcome {
        Outcome::Sent { provider_id } => (id, sent_at) = (provider_id.as_deref(), Some(now)),
        Outcome::Addressed => sent_at = Some(now),
        Outcome::Void => (state, error) = ("dead", Some(mail::VOID)),
        Outcome::Never { reason } => (state, error) = ("dead", Some(reason.as_str())),
        Outcome::Later { reason, after_s } => {
            error = Some(reason.as_str());
            match mail_again_in_s(mail.attempts) {
                Some(again_in_s) => {
                    let in_s = i64::try_from(after_s.unwrap_or_default().max(again_in_s)).unwrap_or(i64::MAX);
                    (state, next_at) = ("failed", now.saturating_add(in_s.saturating_mul(1000)));
                }
                None => state = "dead",
            }
        }
    }
    let tried = Tried { id: &mail.id, state, error, provider_id: id, next_at, sent_at };
    outbox::record(db, call.request_id(), &tried).await?;
    Ok(())
}
