//! Events that come in: what proves their origin, and what an attacker could try.

use latchkey_testkit::signed::{BILLING_HOOK_SECRET, STRIPE_HOOK_SECRET, now_s, standard_signature, stripe_signature};
use latchkey_testkit::{Answer, RequestBuilder, TestApp, Value, json};

const BILLING: &str = "/v1/hooks/billing";

fn post(app: &TestApp) -> RequestBuilder {
    app.anyone().request("POST", BILLING)
}

/// An event that would give an organization seats.
fn of_stripe(org: &str, customer: &str, id: &str) -> Value {
    json!({
        "id": id, "object": "event", "type": "customer.subscription.created", "created": now_s(),
        "data": {"object": {
            "id": format!("sub_{customer}"), "customer": customer, "status": "active", "created": now_s(), "metadata": {"org": org},
            "items": {"data": [{"price": {"id": "price_team", "product": "prod_team"}, "quantity": 50}]},
        }},
    })
}

fn message(org: &str) -> Value {
    let moment = latchkey_api::Timestamp((now_s() - 1) * 1000);
    json!({"type": "subscription.changed", "timestamp": moment, "data": {"org": org, "plan": "team", "seats": 50}})
}

/// The same request signed at another time.
async fn stripe_at(app: &TestApp, event: &Value, at_s: i64) -> Answer {
    let signature = stripe_signature(STRIPE_HOOK_SECRET, at_s, &event.to_string());
    post(app).header("stripe-signature", &signature).json(event).send().await
}

async fn standard_with(app: &TestApp, secret: &str, id: &str, at_s: i64, message: &Value) -> Answer {
    let signature = standard_signature(secret, id, at_s, &message.to_string());
    let named = post(app).header("webhook-id", id).header("webhook-timestamp", &at_s.to_string());
    named.header("webhook-signature", &signature).json(message).send().await
}

/// Nothing came of anything.
fn expect_untouched(app: &TestApp) {
    let touched = "SELECT (SELECT count(*) FROM hook_event) + (SELECT count(*) FROM billing_payer) + \
                   (SELECT count(*) FROM event WHERE type = 'plan.changed')";
    assert_eq!(app.count(touched), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_nobody_signed_gives_nobody_seats() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let (event, text) = (of_stripe(&org, "cus_1", "evt_1"), of_stripe(&org, "cus_1", "evt_1").to_string());
    post(&app).json(&event).send().await.expect_problem(403, "bad_signature");
    // Of another secret, another body, another scheme; in parts; as another sender.
    let right = stripe_signature(STRIPE_HOOK_SECRET, now_s(), &text);
    let (time, one) = right.split_once(',').unwrap();
    for signature in [
        stripe_signature("whsec_another0secret0of0nobody", now_s(), &text),
        stripe_signature(STRIPE_HOOK_SECRET.trim_start_matches("whsec_"), now_s(), &text),
        stripe_signature("", now_s(), &text),
        stripe_signature(STRIPE_HOOK_SECRET, now_s(), &format!("{text} ")),
        time.to_owned(),
        one.to_owned(),
        format!("{time},{}", one.replacen("v1", "v0", 1)),
        format!("{time},v1="),
        format!("t={},{one}", now_s() + 1),
        format!("{time},{}", &one[..one.len() - 2]),
        String::from("t=0,v1=0"),
        "A".repeat(4000),
    ] {
        let refused = post(&app).header("stripe-signature", &signature).json(&event).send().await;
        refused.expect_problem(403, "bad_signature");
    }
    let message = message(&org);
    for secret in [STRIPE_HOOK_SECRET, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        standard_with(&app, secret, "msg_1", now_s(), &message).await.expect_problem(403, "bad_signature");
    }
    // The operator's token and a session prove nothing here either.
    for caller in [app.operator(), ada.clone()] {
        caller.post(BILLING, message.clone()).await.expect_problem(403, "bad_signature");
    }
    expect_untouched(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorded_event_is_worth_nothing_after_five_minutes() {
    let app = TestApp::start().await;
    let event = of_stripe("org_019392d1c4b87d00a1b2c3d4e5f60718", "cus_1", "evt_1");
    for at_s in [now_s() - 310, now_s() + 310, 0] {
        let refused = stripe_at(&app, &event, at_s).await.expect_problem(403, "stale_signature");
        assert!(refused.json()["age_s"].is_i64());
        let message = message("org_019392d1c4b87d00a1b2c3d4e5f60718");
        let refused = standard_with(&app, BILLING_HOOK_SECRET, "msg_1", at_s, &message).await;
        refused.expect_problem(403, "stale_signature");
    }
    expect_untouched(&app);
    stripe_at(&app, &event, now_s() - 280).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_of_one_event_does_not_carry_another() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let (message, at_s) = (message(&org), now_s());
    let signature = standard_signature(BILLING_HOOK_SECRET, "msg_1", at_s, &message.to_string());
    let mut other = message.clone();
    other["data"]["seats"] = json!(1000);
    for (id, at_s, body) in [("msg_2", at_s, &message), ("msg_1", at_s + 1, &message), ("msg_1", at_s, &other)] {
        let named = post(&app).header("webhook-id", id).header("webhook-timestamp", &at_s.to_string());
        let refused = named.header("webhook-signature", &signature).json(body).send().await;
        refused.expect_problem(403, "bad_signature");
    }
    expect_untouched(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replayed_id_with_another_body_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    stripe_at(&app, &of_stripe(&org, "cus_1", "evt_1"), now_s()).await.expect_status(200);
    let mut other = of_stripe(&org, "cus_1", "evt_1");
    other["data"]["object"]["items"]["data"][0]["quantity"] = json!(1000);
    stripe_at(&app, &other, now_s()).await.expect_problem(422, "event_id_reused");
    assert_eq!(ada.get(&format!("/v1/orgs/{org}/seats")).await.text_at("/text"), "1/50");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_who_names_an_organization_at_checkout_does_not_take_its_billing_over() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    stripe_at(&app, &of_stripe(&org, "cus_ada", "evt_1"), now_s()).await.expect_status(200);
    // A payment link takes whatever reference its visitor writes into the address.
    let checkout = json!({
        "id": "evt_2", "object": "event", "type": "checkout.session.completed", "created": now_s(),
        "data": {"object": {"client_reference_id": org, "customer": "cus_mallory", "mode": "subscription"}},
    });
    stripe_at(&app, &checkout, now_s()).await.expect_status(200);
    let mut cheap = of_stripe(&org, "cus_mallory", "evt_3");
    cheap["data"]["object"]["items"]["data"][0] = json!({"price": {"id": "price_other"}, "quantity": 1});
    let taken = stripe_at(&app, &cheap, now_s()).await.expect_status(200);
    assert_eq!(
        (taken.text_at("/outcome").as_str(), taken.text_at("/reason").as_str()),
        ("parked", "organization_taken")
    );
    // Nor does a customer who has an organization move on to another by naming it.
    let beta = ada.create_org_with("Beta", "portal").await;
    let mut moved = of_stripe(&beta, "cus_ada", "evt_4");
    moved["type"] = json!("customer.subscription.updated");
    assert_eq!(stripe_at(&app, &moved, now_s()).await.expect_status(200).text_at("/organization"), org);
    assert_eq!(ada.get(&format!("/v1/orgs/{org}/seats")).await.text_at("/text"), "1/50");
    assert_eq!(ada.get(&format!("/v1/orgs/{beta}/seats")).await.text_at("/text"), "1/5");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_the_future_does_not_shut_out_those_that_follow() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let mut event = of_stripe(&org, "cus_1", "evt_1");
    event["created"] = json!(32_503_680_000_i64);
    stripe_at(&app, &event, now_s()).await.expect_problem(422, "invalid_request");
    for absurd in [json!(i64::MAX), json!(-1), json!(1.5), json!("now"), json!(null)] {
        event["created"] = absurd;
        stripe_at(&app, &event, now_s()).await.expect_problem(422, "invalid_request");
    }
    expect_untouched(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_huge_or_senseless_event_costs_nothing() {
    let app = TestApp::start().await;
    let huge = json!({"type": "subscription.changed", "data": "x".repeat(300 * 1024)});
    post(&app)
        .of_billing("msg_1", &huge)
        .header("x-test-id", "huge")
        .send()
        .await
        .expect_problem(413, "body_too_large");
    let text = "{\"type\":";
    let signature = stripe_signature(STRIPE_HOOK_SECRET, now_s(), text);
    let senseless = post(&app).header("stripe-signature", &signature).header("content-type", "application/json");
    senseless.header("x-test-id", "senseless").body(text).send().await.expect_problem(400, "not_json");
    let forged = post(&app).header("stripe-signature", "t=1,v1=00").json(&json!({})).header("x-test-id", "forged");
    forged.send().await.expect_problem(403, "bad_signature");
    for id in ["huge", "senseless", "forged"] {
        assert_eq!(
            app.statements_of(id),
            Vec::<String>::new(),
            "{id}: what anybody could send is no work for the database"
        );
    }
    expect_untouched(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_secret_nobody_is_believed_not_even_with_an_empty_one() {
    let app =
        TestApp::start_with(|config| config.variable("stripe_hook_secret", "").variable("billing_hook_secret", ""))
            .await;
    let event = of_stripe("org_019392d1c4b87d00a1b2c3d4e5f60718", "cus_1", "evt_1");
    for secret in ["", STRIPE_HOOK_SECRET] {
        let signature = stripe_signature(secret, now_s(), &event.to_string());
        let refused = post(&app).header("stripe-signature", &signature).json(&event).send().await;
        refused.expect_problem(403, "bad_signature");
    }
    for secret in ["whsec_", BILLING_HOOK_SECRET] {
        standard_with(&app, secret, "msg_1", now_s(), &event).await.expect_problem(403, "bad_signature");
    }
    expect_untouched(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_secret_is_rotated_both_are_believed_and_afterwards_only_the_new() {
    let (old, new) = ("whsec_b2xkIHNlY3JldCBvZiB0aGlzIG9uZSB0ZXN0", "whsec_bmV3IHNlY3JldCBvZiB0aGlzIG9uZSB0ZXN0");
    let both = format!("{new} {old}");
    let app = TestApp::start_with(|config| config.variable("billing_hook_secret", &both)).await;
    let message = message("org_019392d1c4b87d00a1b2c3d4e5f60718");
    for (id, secret) in [("msg_1", old), ("msg_2", new)] {
        standard_with(&app, secret, id, now_s(), &message).await.expect_status(200);
    }
    app.finish().await;
    let app = TestApp::start_with(|config| config.variable("billing_hook_secret", new)).await;
    standard_with(&app, old, "msg_3", now_s(), &message).await.expect_problem(403, "bad_signature");
    standard_with(&app, new, "msg_4", now_s(), &message).await.expect_status(200);
    app.finish().await;
}
