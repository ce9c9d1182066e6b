//! What any other sender sends: a payload as Standard Webhooks describe one.

use latchkey_domain::billing::{News, PayerId, SubscriptionNews, Terms};
use serde_json::Value;

use super::within_data;
use crate::fields::Fields;
use crate::model::{BilledSubscription, BillingHook};
use crate::{Call, Problem, Request};

/// Reads a payload. `None` for one of a type that means nothing here.
///
/// # Errors
/// 422 with every wrong field.
pub(super) fn read(call: &Call) -> Result<Option<News>, Problem> {
    let is_ours =
        |body: &Value| body.get("type").and_then(Value::as_str).is_none_or(|kind| kind == "subscription.changed");
    if !is_ours(&call.any_json()?) {
        return Ok(None);
    }
    let hook: BillingHook = call.body()?;
    let billed = BilledSubscription::from_fields(Fields::of_object(&hook.data.0)).map_err(within_data)?;
    let at = hook.timestamp.0;
    let payer = match (&billed.customer, &billed.org) {
        (Some(customer), _) => PayerId::of_hook(&customer.0),
        (None, Some(org)) => Some(PayerId::of_org(org)),
        (None, None) => None,
    };
    let payer = payer.ok_or_else(|| {
        Problem::field("data.customer", "required", "Say who pays: a customer, an organization, or both.")
    })?;
    let id = billed.subscription.map_or_else(|| "only".to_owned(), |id| id.0);
    let terms = match (&billed.plan, billed.seats) {
        (Some(plan), seats) => Terms::Plan { plan: plan.0.clone(), seats: seats.map(|seats| seats.0) },
        (None, _) => Terms::Items(Vec::new()),
    };
    let live = billed.plan.is_some();
    let subscription = SubscriptionNews { id, began_at: at, rank: 1, live, terms };
    Ok(Some(News { payer, at, org: billed.org, subscription: Some(subscription) }))
}
