//! Tells webhooks of what is due to them, several at a time, and turns off those at which nothing arrives for days.

use std::time::Duration;

use latchkey_delivery::signature::{self, SigningSecret};
use latchkey_delivery::webhook_again_in_s;
use latchkey_domain::WebhookId;
use latchkey_domain::decide::webhook::disable;
use latchkey_edge::fetch::Post;
use latchkey_edge::limits::{
    DISPATCH_WEBHOOKS_AT_ONCE_MAX, DISPATCH_WEBHOOKS_MAX, WEBHOOK_ANSWER_BYTES_MAX, WEBHOOK_FAILING_S_MAX,
    WEBHOOK_LEASE_S, WEBHOOK_TIMEOUT_S,
};
use latchkey_edge::{Call, Database, Problem, clock, represent};
use latchkey_store::webhook::{self, Message, Tried};

use crate::dispatch::expire;
use crate::flight::{Bounds, Left, Taken, Then, work};

const BOUNDS: Bounds = Bounds { at_once_max: DISPATCH_WEBHOOKS_AT_ONCE_MAX, pieces_max: DISPATCH_WEBHOOKS_MAX };

/// How many webhooks are turned off by one call.
const DISABLED_MAX: i64 = 20;

/// The answer of a receiver that is gone for good.
const GONE: u16 = 410;

/// What one call has done.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Told {
    pub(crate) sent: u64,
    pub(crate) failed: u64,
    pub(crate) disabled: u64,
    /// Whether there may be more to tell.
    pub(crate) more: bool,
}

/// What became of one message.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Arrived,
    NotYet,
    /// It was tried often enough, or the receiver is gone.
    Never,
    /// Somebody turned the webhook off, or deleted it, before it was told.
    Unwanted,
}

/// What a receiver said, or why it said nothing.
struct Answered {
    status: Option<u16>,
    /// The beginning of the body.
    text: String,
    error: Option<String>,
    took_ms: i64,
}

impl Answered {
    fn nothing(why: &str) -> Self {
        Self { status: None, text: String::new(), error: Some(why.to_owned()), took_ms: 0 }
    }
}

/// Tells what is due. Each endpoint gets a few messages at a time, so that a slow one holds up no other.
pub(crate) async fn tell(call: &Call, db: &Database) -> Result<Told, Problem> {
    let mut done = Told::default();
    let mut last = String::new();
    let take = async |wanted| {
        let now = clock::now().0;
        let until = now.saturating_add(WEBHOOK_LEASE_S.saturating_mul(1000));
        let rows_max = i64::try_from(wanted).unwrap_or_default();
        let messages = webhook::take(db, call.request_id(), (now, until), &last, rows_max).await?;
        // Past the last endpoint the next turn begins with the first one; a turn from there that finds nothing is the end.
        let is_end = messages.is_empty() && last.is_empty();
        last = messages.last().map(|message| message.webhook.to_string()).unwrap_or_default();
        let messages = messages.into_iter().map(|message| one(call, db, message)).collect();
        Ok(if is_end { Taken::Last(messages) } else { Taken::Some(messages) })
    };
    let note = |outcome| {
        match outcome {
            Outcome::Arrived => done.sent += 1,
            Outcome::NotYet | Outcome::Never => done.failed += 1,
            Outcome::Unwanted => {}
        }
        Then::GoOn
    };
    let left = work(call, BOUNDS, take, note).await?;
    let long_ago = call.now_ms().saturating_sub(WEBHOOK_FAILING_S_MAX.saturating_mul(1000));
    for failing in webhook::failing(db, long_ago, DISABLED_MAX).await? {
        done.disabled += expire(call, db, disable(&failing.org, &failing.webhook)).await?;
    }
    Ok(Told { more: left == Left::Perhaps, ..done })
}

/// One message, from its body to what became of it.
///
/// # Errors
/// When that cannot be written down.
async fn one(call: &Call, db: &Database, message: Message) -> Result<Outcome, Problem> {
    let (webhook, version, attempts) = (message.webhook.clone(), message.told.version, message.attempts);
    let is_wanted = message.status == "on";
    let answered = if is_wanted { send(call, message).await } else { Answered::nothing("the webhook is off") };
    let now = clock::now().0;
    let outcome = match answered.status {
        _ if !is_wanted => Outcome::Unwanted,
        Some(200..300) => Outcome::Arrived,
        Some(GONE) => Outcome::Never,
        _ if webhook_again_in_s(attempts).is_none() => Outcome::Never,
        _ => Outcome::NotYet,
    };
    let again_in_s = i64::try_from(webhook_again_in_s(attempts).unwrap_or_default()).unwrap_or(i64::MAX);
    let tried = Tried {
        webhook: webhook.as_str(),
        version,
        state: match outcome {
            Outcome::Arrived => "sent",
            Outcome::NotYet => "failed",
            Outcome::Never | Outcome::Unwanted => "dead",
        },
        next_at: now.saturating_add(again_in_s.saturating_mul(1000)),
        tried_at: now,
        took_ms: answered.took_ms,
        status: answered.status,
        answer: Some(answered.text.as_str()).filter(|text| !text.is_empty()),
        error: answered.error.as_deref(),
        failing_since: match outcome {
            Outcome::Arrived | Outcome::Unwanted => None,
            // It has failed for long enough.
            _ if answered.status == Some(GONE) => Some(0),
            Outcome::NotYet | Outcome::Never => Some(now),
        },
    };
    webhook::record(db, call.request_id(), &tried).await?;
    Ok(outcome)
}

async fn send(call: &Call, message: Message) -> Answered {
    let began = clock::now().0;
    let at_s = began / 1000;
    // It may have been made when this deployment let webhooks go anywhere.
    if let Err(fault) = call.settings().webhook_targets.allow(&message.url) {
        return Answered::nothing(fault.0);
    }
    let (id, url) = (message.told.id.clone(), message.url.clone());
    let Some(secrets) = secrets(call, &message, began) else {
        return Answered::nothing("the deployment key of its secret is gone: rotate it");
    };
    let body = represent::message_body(represent::event_message(message.told, message.previous_version));
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend(signature::headers(&secrets, &id, at_s, &body));
    let timeout = Duration::from_secs(WEBHOOK_TIMEOUT_S);
    let answered = Post { url, headers, body, timeout, answer_bytes_max: WEBHOOK_ANSWER_BYTES_MAX }.send().await;
    let took_ms = clock::now().0.saturating_sub(began);
    match answered {
        Ok(answer) => Answered { status: Some(answer.status), text: readable(&answer.body), error: None, took_ms },
        Err(unanswered) => Answered { took_ms, ..Answered::nothing(&unanswered.0) },
    }
}

/// What a person can read of a body.
fn readable(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

/// What signs: the secret, and the one before while it lives on. `None`: the deployment has no key for it any more.
fn secrets(call: &Call, message: &Message, now: i64) -> Option<Vec<SigningSecret>> {
    let keys = call.settings().secret_keys().ok()?;
    let secret = |id: &WebhookId, key: &str, generation| {
        Some(SigningSecret::new(keys.named(key)?.webhook_secret(id, generation)))
    };
    let newest = secret(&message.webhook, &message.key_id, message.generation)?;
    let old = match (&message.old_key_id, message.old_generation, message.old_until) {
        (Some(key), Some(generation), Some(until)) if until > now => secret(&message.webhook, key, generation),
        _ => None,
    };
    Some([Some(newest), old].into_iter().flatten().collect())
}
