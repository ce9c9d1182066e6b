//! Events that others send: whether they are whose they say, and what they say about billing and about people.

mod generic;
mod person;
mod stripe;

use latchkey_delivery::incoming::{self, StandardHeaders, Unproven};
use latchkey_delivery::signature::SigningSecret;
use latchkey_domain::billing::News;
use latchkey_domain::identity;

use crate::limits::CLOCKS_DIFFER_S_MAX;
use crate::settings::HookSettings;
use crate::{Call, Code, FieldError, Problem};

/// An event about billing whose origin is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingEvent {
    /// Whose the id is.
    pub sender: &'static str,
    pub id: String,
    /// `None` for an event of a type that means nothing here.
    pub news: Option<News>,
}

/// Reads an event about billing, of Stripe or of whoever sends as Standard Webhooks say.
///
/// # Errors
/// 403 for an event whose origin is not proven; 400, 415 and 422 for one that cannot be read.
pub fn billing_event(call: &Call, hooks: &HookSettings) -> Result<BillingEvent, Problem> {
    let event = match call.head().header("stripe-signature") {
        Some(signature) => {
            let proven = incoming::prove_stripe(&hooks.stripe, signature, call.raw_body(), now_s(call));
            proven.map_err(unproven)?;
            stripe::read(&call.any_json()?)?
        }
        None => {
            let id = standard_message(call, &hooks.billing)?;
            BillingEvent { sender: "billing", id, news: generic::read(call)? }
        }
    };
    event.news.as_ref().map_or(Ok(()), |news| not_in_the_future(call, news.at))?;
    Ok(event)
}

/// An event about a user of an identity provider whose origin is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityEvent {
    pub id: String,
    /// `None` for an event of a type that means nothing here.
    pub news: Option<identity::News>,
}

/// Reads an event about a user.
///
/// # Errors
/// As for [`billing_event`].
pub fn identity_event(call: &Call, hooks: &HookSettings) -> Result<IdentityEvent, Problem> {
    let id = standard_message(call, &hooks.identity)?;
    let news = person::read(call, hooks)?;
    news.as_ref().map_or(Ok(()), |news| not_in_the_future(call, news.at))?;
    Ok(IdentityEvent { id, news })
}

/// It would be newer than all that follows it.
fn not_in_the_future(call: &Call, at: i64) -> Result<(), Problem> {
    let latest = call.now_ms().saturating_add(CLOCKS_DIFFER_S_MAX.saturating_mul(1000));
    if at > latest {
        return Err(Problem::field("timestamp", "out_of_range", "This must not be in the future."));
    }
    Ok(())
}

/// The id of a message as Standard Webhooks describe one, once it is proven that whoever has one of these secrets sent it now.
///
/// # Errors
/// 403 where that is not proven.
pub fn standard_message(call: &Call, secrets: &[SigningSecret]) -> Result<String, Problem> {
    let head = call.head();
    let headers = StandardHeaders {
        id: head.header("webhook-id"),
        timestamp: head.header("webhook-timestamp"),
        signature: head.header("webhook-signature"),
    };
    incoming::prove_standard(secrets, headers, call.raw_body(), now_s(call)).map(str::to_owned).map_err(unproven)
}

/// Names the wrong fields of a message's `data` by their place.
fn within_data(problem: Problem) -> Problem {
    let place = |error: FieldError| FieldError { field: format!("data.{}", error.field), ..error };
    Problem::invalid(problem.errors.into_iter().map(place).collect())
}

fn now_s(call: &Call) -> i64 {
    call.now_ms().div_euclid(1000)
}

fn unproven(why: Unproven) -> Problem {
    match why {
        Unproven::Stale { age_s } => {
            let detail = "The signature is right and not of now: its time and ours are more than five minutes apart.";
            Problem::new(Code::StaleSignature, detail).with("age_s", age_s)
        }
        Unproven::NoSecret => Problem::new(
            Code::BadSignature,
            "Nothing is believed here from this sender: the deployment has no secret for it.",
        ),
        Unproven::Header(name) => {
            Problem::new(Code::BadSignature, format!("The header {name} is missing or malformed.")).with("header", name)
        }
        Unproven::Signature => {
            Problem::new(Code::BadSignature, "No signature is of a secret that the deployment knows for this sender.")
        }
    }
}
