//! What Stripe sends: <https://docs.stripe.com/api/events>. Of its many fields only those are read that say who pays for what; nothing
//! of a person is.

use latchkey_delivery::incoming::is_message_id;
use latchkey_domain::OrgId;
use latchkey_domain::billing::{News, PayerId, SoldItem, SubscriptionNews, Terms, is_billing_id};
use serde_json::Value;

use super::BillingEvent;
use crate::Problem;

/// Lines of a subscription that are looked at; Stripe allows no more than twenty.
const ITEMS_MAX: usize = 100;

/// Reads an event.
///
/// # Errors
/// 422 for what Stripe would not send.
pub(super) fn read(event: &Value) -> Result<BillingEvent, Problem> {
    let id = event.get("id").and_then(Value::as_str).filter(|id| is_message_id(id)).ok_or_else(|| missing("id"))?;
    let kind = event.get("type").and_then(Value::as_str).ok_or_else(|| missing("type"))?;
    let rank = match kind {
        "customer.subscription.created" => Some(0),
        "customer.subscription.updated" | "customer.subscription.paused" | "customer.subscription.resumed" => Some(1),
        "customer.subscription.deleted" => Some(2),
        _ => None,
    };
    let at = || event.get("created").and_then(milliseconds).ok_or_else(|| missing("created"));
    let object = || event.pointer("/data/object").filter(|it| it.is_object()).ok_or_else(|| missing("data.object"));
    let news = match (rank, kind) {
        (Some(rank), _) => Some(subscription(object()?, at()?, rank)?),
        (None, "checkout.session.completed") => checkout(object()?, at()?),
        _ => None,
    };
    Ok(BillingEvent { sender: "stripe", id: id.to_owned(), news })
}

/// The object is the whole subscription, as it is since that moment.
fn subscription(object: &Value, at: i64, rank: u8) -> Result<News, Problem> {
    let id = object.get("id").and_then(Value::as_str).filter(|id| is_billing_id(id));
    let id = id.ok_or_else(|| missing("data.object.id"))?;
    let payer = object.get("customer").and_then(id_of).and_then(PayerId::of_stripe);
    let status = object.get("status").and_then(Value::as_str).ok_or_else(|| missing("data.object.status"))?;
    let lines = object.pointer("/items/data").and_then(Value::as_array).ok_or_else(|| missing("data.object.items"))?;
    Ok(News {
        payer: payer.ok_or_else(|| missing("data.object.customer"))?,
        at,
        org: object.pointer("/metadata/org").and_then(org),
        subscription: Some(SubscriptionNews {
            id: id.to_owned(),
            began_at: object.get("created").and_then(milliseconds).unwrap_or(at),
            rank,
            // One that is past due is still tried to be collected; what is incomplete, unpaid, paused or over is good for nothing.
            live: rank < 2 && matches!(status, "active" | "trialing" | "past_due"),
            terms: Terms::Items(lines.iter().take(ITEMS_MAX).filter_map(line).collect()),
        }),
    })
}

/// Whom the customer pays for, if it says so.
fn checkout(session: &Value, at: i64) -> Option<News> {
    let org =
        session.get("client_reference_id").and_then(org).or_else(|| session.pointer("/metadata/org").and_then(org));
    let payer = session.get("customer").and_then(id_of).and_then(PayerId::of_stripe)?;
    Some(News { payer, at, org: Some(org?), subscription: None })
}

fn line(item: &Value) -> Option<SoldItem> {
    // Older versions of Stripe's API have `plan` in place of `price`.
    let price = item.get("price").filter(|price| price.is_object()).or_else(|| item.get("plan"))?;
    Some(SoldItem {
        price: price.get("id").and_then(Value::as_str).filter(|id| is_billing_id(id))?.to_owned(),
        product: price.get("product").and_then(id_of).filter(|id| is_billing_id(id)).map(str::to_owned),
        quantity: item.get("quantity").and_then(Value::as_u64),
    })
}

/// Stripe names an object by its id, or shows all of it.
fn id_of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("id").and_then(Value::as_str))
}

fn org(value: &Value) -> Option<OrgId> {
    value.as_str().and_then(OrgId::parse)
}

fn milliseconds(value: &Value) -> Option<i64> {
    value.as_i64().filter(|seconds| *seconds >= 0)?.checked_mul(1000)
}

fn missing(field: &str) -> Problem {
    Problem::field(field, "required", "This is missing, or is not as Stripe has it.")
}
