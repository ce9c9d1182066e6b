//! Events that others send: who pays for whom, and what becomes of users.

use std::sync::OnceLock;

use latchkey_testkit::signed::now_s;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json};

mod bind_payer;
mod list_hook_refusals;
mod list_parked_identities;
mod list_parked_payers;
mod retry_payer;
mod setup;
mod take_billing_event;
mod take_identity_event;

pub(crate) const BILLING: &str = "/v1/hooks/billing";
pub(crate) const IDENTITY: &str = "/v1/hooks/identity";

/// The moment by which events tell their order, which does not move on while a test runs.
fn base_s() -> i64 {
    static BASE: OnceLock<i64> = OnceLock::new();
    *BASE.get_or_init(now_s)
}

/// Seconds from that moment to the present one.
pub(crate) fn present_at() -> i64 {
    now_s() - base_s()
}

/// An event of Stripe's about a subscription of so many seats at a price, `at` seconds from that moment.
pub(crate) fn subscription(id: &str, kind: &str, at: i64, of: &Value) -> Value {
    let mut object = json!({
        "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active", "created": now_s() - 9000, "metadata": {},
        "items": {"object": "list", "data": [
            {"id": "si_1", "object": "subscription_item", "price": {"id": "price_team", "product": "prod_team"}, "quantity": 7},
        ]},
    });
    for (name, value) in of.as_object().expect("an object") {
        object[name] = value.clone();
    }
    json!({
        "id": id, "object": "event", "type": format!("customer.subscription.{kind}"), "created": base_s() + at,
        "pending_webhooks": 1, "data": {"object": object},
    })
}

/// The end of a checkout by which somebody says whom they pay for.
pub(crate) fn checkout(id: &str, customer: &str, org: &str) -> Value {
    json!({
        "id": id, "object": "event", "type": "checkout.session.completed", "created": now_s(),
        "data": {"object": {
            "id": "cs_1", "object": "checkout.session", "mode": "subscription", "client_reference_id": org, "customer": customer,
            "subscription": "sub_1", "customer_details": {"email": "payer@example.com"},
        }},
    })
}

/// A line of a subscription.
pub(crate) fn line(price: &str, product: &str, quantity: u64) -> Value {
    json!({"data": [{"price": {"id": price, "product": product}, "quantity": quantity}]})
}

pub(crate) async fn stripe(app: &TestApp, event: &Value) -> Answer {
    app.anyone().request("POST", BILLING).of_stripe(event).send().await
}

/// A message of the other sender's, `at` seconds from that moment.
pub(crate) async fn changed(app: &TestApp, id: &str, at: i64, data: Value) -> Answer {
    app.anyone().request("POST", BILLING).of_billing(id, &message(at, data)).send().await
}

pub(crate) fn message(at: i64, data: Value) -> Value {
    json!({"type": "subscription.changed", "timestamp": rfc3339(base_s() + at), "data": data})
}

/// What the identity provider tells of a user, `at` seconds from that moment.
pub(crate) async fn told(app: &TestApp, id: &str, kind: &str, at: i64, user: Value) -> Answer {
    let message = json!({"type": format!("user.{kind}"), "timestamp": rfc3339(base_s() + at), "data": user});
    app.anyone().request("POST", IDENTITY).of_identity(id, &message).send().await
}

/// A user with a verified address.
pub(crate) fn user(sub: &str, email: &str) -> Value {
    json!({"sub": sub, "email": email, "email_verified": true})
}

/// Seconds since 1970 as a moment.
pub(crate) fn rfc3339(at_s: i64) -> Value {
    let moment = latchkey_api::Timestamp(at_s * 1000);
    serde_json::to_value(moment).expect("a moment")
}

/// What became of an event: its outcome, and why it waits for a person.
#[track_caller]
pub(crate) fn outcome(answer: Answer) -> String {
    let taken = answer.expect_status(200).json();
    let outcome = taken["outcome"].as_str().expect("an outcome");
    match taken["reason"].as_str() {
        Some(reason) => format!("{outcome} {reason}"),
        None => outcome.to_owned(),
    }
}

/// The plan and the usage.
pub(crate) async fn plan(caller: &Caller, org: &str) -> String {
    let seats = caller.get(&format!("/v1/orgs/{org}/seats")).await.expect_status(200);
    format!("{} {}", seats.text_at("/plan"), seats.text_at("/text"))
}

/// How many events of the log say that the plan changed.
pub(crate) async fn plan_changes(caller: &Caller, org: &str) -> usize {
    caller.event_types(org).await.iter().filter(|kind| *kind == "plan.changed").count()
}

/// Who waits for a person, and why.
pub(crate) async fn parked(app: &TestApp) -> Vec<String> {
    let payers = app.operator().get("/v1/billing/payers").await.expect_status(200).data();
    payers.iter().map(|payer| format!("{} {}", text(&payer["id"]), text(&payer["reason"]))).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}
