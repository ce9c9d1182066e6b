use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, redacted, shown};

use super::{changed, checkout, line, outcome, parked, plan, plan_changes, stripe, subscription};
use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkout_and_its_subscription_are_a_plan_with_seats() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    assert_eq!(outcome(stripe(&app, &checkout("evt_1", "cus_1", &org)).await), "applied");
    assert_eq!(plan(&ada, &org).await, "starter 1/5");
    let taken = stripe(&app, &subscription("evt_2", "created", 0, &json!({}))).await;
    expect![[r#"
        200
        {
          "event": "evt_2",
          "organization": "org#1",
          "outcome": "applied",
          "payer": "stripe:cus_1",
          "reason": null
        }"#]]
    .assert_eq(&shown(&taken));
    assert_eq!(plan(&ada, &org).await, "team 1/7");
    let sold = ada.audit(&org).await.pop().unwrap();
    expect![[r#"
        [
          "plan.changed",
          {
            "display_name": null,
            "email": null,
            "id": "billing",
            "kind": "billing"
          },
          {
            "plan": "team",
            "seats": 7,
            "was": "starter"
          }
        ]"#]]
    .assert_eq(&redacted(&json!([sold["type"], sold["actor"], sold["data"]])));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_comes_before_its_checkout_waits_for_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let first = subscription("evt_1", "created", -2, &json!({}));
    assert_eq!(outcome(stripe(&app, &first).await), "parked unknown_customer");
    let more = json!({"items": line("price_team", "prod_team", 9)});
    assert_eq!(outcome(stripe(&app, &subscription("evt_2", "updated", -1, &more)).await), "parked unknown_customer");
    assert_eq!(parked(&app).await, ["stripe:cus_1 unknown_customer"]);
    assert_eq!(outcome(stripe(&app, &checkout("evt_3", "cus_1", &org)).await), "applied");
    assert_eq!(plan(&ada, &org).await, "team 1/9");
    assert_eq!(parked(&app).await, Vec::<String>::new());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_says_whom_a_subscription_is_for_as_well() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let event = subscription("evt_1", "created", 0, &json!({"metadata": {"org": org}}));
    assert_eq!(outcome(stripe(&app, &event).await), "applied");
    assert_eq!(plan(&ada, &org).await, "team 1/7");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_counts_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let event = subscription("evt_1", "created", 0, &json!({"metadata": {"org": org}}));
    assert_eq!(outcome(stripe(&app, &event).await), "applied");
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "enterprise"})).await.expect_status(200);
    // Stripe writes how many receivers still lack it into each try.
    let mut again = event.clone();
    again["pending_webhooks"] = json!(0);
    for event in [&event, &again] {
        assert_eq!(outcome(stripe(&app, event).await), "repeated");
    }
    assert_eq!(plan(&ada, &org).await.split(' ').next(), Some("enterprise"), "a repetition changes nothing");
    assert_eq!(plan_changes(&ada, &org).await, 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_older_than_what_is_known_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let of = |seats| json!({"metadata": {"org": org}, "items": line("price_team", "prod_team", seats)});
    assert_eq!(outcome(stripe(&app, &subscription("evt_3", "updated", -10, &of(30))).await), "applied");
    assert_eq!(outcome(stripe(&app, &subscription("evt_2", "updated", -20, &of(20))).await), "older");
    assert_eq!(outcome(stripe(&app, &subscription("evt_1", "created", -10, &of(10))).await), "older");
    assert_eq!(plan(&ada, &org).await, "team 1/30");
    assert_eq!(plan_changes(&ada, &org).await, 1);
    // Of one second the end is the last.
    assert_eq!(outcome(stripe(&app, &subscription("evt_5", "deleted", -5, &of(30))).await), "applied");
    assert_eq!(outcome(stripe(&app, &subscription("evt_4", "updated", -5, &of(40))).await), "older");
    assert_eq!(plan(&ada, &org).await, "starter 1/5");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_good_for_nothing_any_more_is_the_plan_that_organizations_begin_on() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let mut at = -100;
    let mut send = async |kind: &str, status: &str| {
        at += 1;
        let of = json!({"metadata": {"org": org}, "status": status});
        assert_eq!(outcome(stripe(&app, &subscription(&format!("evt_{at}"), kind, at, &of)).await), "applied");
        plan(&ada, &org).await
    };
    for (kind, status, expected) in [
        ("created", "incomplete", "starter 1/5"),
        ("updated", "trialing", "team 1/7"),
        ("paused", "paused", "starter 1/5"),
        ("resumed", "active", "team 1/7"),
        ("updated", "past_due", "team 1/7"),
        ("updated", "unpaid", "starter 1/5"),
        ("updated", "active", "team 1/7"),
        ("deleted", "canceled", "starter 1/5"),
    ] {
        assert_eq!(send(kind, status).await, expected, "{kind} {status}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_subscriptions_the_one_that_began_last_counts() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let old =
        |kind: &str, id: &str, at| subscription(id, kind, at, &json!({"metadata": {"org": org}, "created": 1000}));
    let new = json!({"id": "sub_2", "created": 2000, "items": line("price_9", "prod_business", 1)});
    assert_eq!(outcome(stripe(&app, &old("created", "evt_1", -9)).await), "applied");
    assert_eq!(outcome(stripe(&app, &subscription("evt_2", "created", -8, &new)).await), "applied");
    let business = plan(&ada, &org).await;
    assert!(business.starts_with("business "), "{business}");
    // Neither a change nor the end of the old one is the end of the new one.
    assert_eq!(outcome(stripe(&app, &old("updated", "evt_3", -7)).await), "applied");
    assert_eq!(outcome(stripe(&app, &old("deleted", "evt_4", -6)).await), "applied");
    assert_eq!(plan(&ada, &org).await, business);
    assert_eq!(plan_changes(&ada, &org).await, 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_a_plan_waits_for_a_person() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let (credentials, before) = (ada.create_org("Badges").await, plan(&ada, &org).await);
    let two = json!({"data": [
        {"price": {"id": "price_team", "product": "prod_team"}, "quantity": 1},
        {"price": {"id": "price_x", "product": {"id": "prod_business", "object": "product"}}, "quantity": 1},
    ]});
    let cases = [
        (json!({"items": line("price_x", "prod_x", 7)}), "unmapped_price"),
        (json!({"items": {"data": []}}), "unmapped_price"),
        (json!({"items": two}), "several_plans"),
        (json!({"items": line("price_team", "prod_team", 2_000_000)}), "too_many_seats"),
        (
            json!({"metadata": {"org": "org_019392d1c4b87d00a1b2c3d4e5f60718"}, "customer": "cus_2"}),
            "unknown_organization",
        ),
        (json!({"metadata": {"org": credentials}, "customer": "cus_3"}), "unknown_plan"),
    ];
    for (n, (of, reason)) in cases.into_iter().enumerate() {
        let mut of = of;
        if of["metadata"].is_null() {
            of["metadata"] = json!({"org": org});
        }
        let event = subscription(&format!("evt_{n}"), "updated", -50 + i64::try_from(n).unwrap(), &of);
        assert_eq!(outcome(stripe(&app, &event).await), format!("parked {reason}"));
    }
    assert_eq!(plan(&ada, &org).await, before);
    let said = json!({"customer": "c1", "org": credentials, "plan": "professional", "seats": 3});
    assert_eq!(outcome(changed(&app, "msg_1", 0, said).await), "parked organization_taken");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quantity_is_no_number_of_seats_where_nothing_is_counted() {
    let app = TestApp::start_with(|config| config.variable("billing_plans", "price_team=professional")).await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Badges").await;
    let event = subscription("evt_1", "created", 0, &json!({"metadata": {"org": org}}));
    assert_eq!(outcome(stripe(&app, &event).await), "applied");
    assert_eq!(ada.get(&format!("/v1/orgs/{org}")).await.text_at("/plan"), "professional");
    // Whoever says a number of seats means it.
    let beta = ada.create_org("Beta").await;
    let said = json!({"org": beta, "plan": "professional", "seats": 3});
    assert_eq!(outcome(changed(&app, "msg_1", 0, said).await), "parked nothing_counted");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_other_sender_says_a_plan_and_seats() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let own = json!({"plan": "starter", "upgrade_url": "https://example.com/more"});
    ada.put(&format!("/v1/orgs/{org}/plan"), own).await.expect_status(200);
    let said = json!({"org": org, "plan": "team", "seats": 12});
    assert_eq!(outcome(changed(&app, "msg_1", -9, said).await), "applied");
    assert_eq!(plan(&ada, &org).await, "team 1/12");
    let seats = ada.get(&format!("/v1/orgs/{org}/seats")).await;
    assert_eq!(seats.text_at("/upgrade_url"), "https://example.com/more", "where more is to be had stays");
    assert_eq!(outcome(changed(&app, "msg_2", -8, json!({"org": org, "plan": "team"})).await), "applied");
    assert_eq!(plan(&ada, &org).await, "team 1/25");
    assert_eq!(outcome(changed(&app, "msg_3", -7, json!({"org": org, "plan": null})).await), "applied");
    assert_eq!(plan(&ada, &org).await, "starter 1/5");
    let late = json!({"org": org, "plan": "business"});
    assert_eq!(outcome(changed(&app, "msg_4", -8, late).await), "older");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_smaller_plan_takes_nothing_from_anybody() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    for n in 0..3 {
        ada.invite(&org, &format!("new{n}@example.com"), "member").await;
    }
    let said = json!({"org": org, "plan": "team", "seats": 2});
    assert_eq!(outcome(changed(&app, "msg_1", 0, said).await), "applied");
    assert_eq!(plan(&ada, &org).await, "team 4/2");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_means_nothing_here_is_taken_and_not_kept() {
    let app = TestApp::start().await;
    let invoice =
        json!({"id": "evt_1", "object": "event", "type": "invoice.paid", "created": 1, "data": {"object": {}}});
    assert_eq!(outcome(stripe(&app, &invoice).await), "unused");
    let nobody = json!({
        "id": "evt_2", "object": "event", "type": "checkout.session.completed", "created": 1,
        "data": {"object": {"client_reference_id": null, "customer": null}},
    });
    assert_eq!(outcome(stripe(&app, &nobody).await), "unused");
    let other = json!({"type": "invoice.paid", "data": {"anything": 1}});
    let taken = app.anyone().request("POST", super::BILLING).of_billing("msg_1", &other).send().await;
    assert_eq!(outcome(taken), "unused");
    assert_eq!(app.count("SELECT count(*) FROM hook_event"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_an_event_is_named() {
    let app = TestApp::start().await;
    let send = async |data: Value| wrong_fields(changed(&app, "msg_1", 0, data).await);
    assert_eq!(send(json!({})).await, ["data.customer required"]);
    let wrong = json!({"customer": "a b", "org": "acme", "plan": "No Plan", "seats": -1, "price": 1});
    assert_eq!(
        send(wrong).await,
        [
            "data.customer invalid",
            "data.org invalid",
            "data.plan invalid",
            "data.seats out_of_range",
            "data.price unknown"
        ]
    );
    let future = changed(&app, "msg_2", 400, json!({"customer": "c1", "plan": "team"})).await;
    assert_eq!(wrong_fields(future), ["timestamp out_of_range"]);
    let without = |field: &str| {
        let mut event = subscription("evt_1", "updated", 0, &json!({}));
        let (parent, name) = field.rsplit_once('.').unwrap_or(("", field));
        let parent = event.pointer_mut(format!("/{}", parent.replace('.', "/")).trim_end_matches('/'));
        parent.and_then(Value::as_object_mut).unwrap().remove(name);
        event
    };
    for field in
        ["id", "type", "created", "data.object", "data.object.id", "data.object.customer", "data.object.status"]
    {
        assert_eq!(wrong_fields(stripe(&app, &without(field)).await), [format!("{field} required")]);
    }
    assert_eq!(app.count("SELECT (SELECT count(*) FROM hook_event) + (SELECT count(*) FROM billing_payer)"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_person_is_kept() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    stripe(&app, &checkout("evt_1", "cus_1", &org)).await.expect_status(200);
    let described =
        json!({"description": "for payer@example.com", "default_payment_method": {"email": "payer@example.com"}});
    stripe(&app, &subscription("evt_2", "created", 0, &described)).await.expect_status(200);
    for table in ["hook_event", "billing_payer", "billing_subscription"] {
        let rows = app.sql(&format!("SELECT * FROM {table}"));
        assert!(!rows.is_empty() && !format!("{rows:?}").contains("payer@example.com"), "{table}: {rows:?}");
    }
    app.finish().await;
}
