use expect_test::expect;
use latchkey_testkit::{Answer, TestApp, Value, json, shown};

use super::{changed, outcome, parked, plan, stripe, subscription};
use crate::support::{NO_ORG, wrong_fields};

async fn bind(app: &TestApp, payer: &str, org: Value) -> Answer {
    app.operator().put(&format!("/v1/billing/payers/{payer}"), json!({ "organization": org })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_for_the_operators_word_is_applied_with_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let event = subscription("evt_1", "created", 0, &json!({}));
    assert_eq!(outcome(stripe(&app, &event).await), "parked unknown_customer");
    expect![[r#"
        200
        {
          "claimed_organization": null,
          "id": "stripe:cus_1",
          "organization": "org#1",
          "parked_at": null,
          "reason": null,
          "state": "settled",
          "subscription": {
            "id": "sub_1",
            "items": [
              {
                "price": "price_team",
                "product": "prod_team",
                "quantity": 7
              }
            ],
            "plan": null,
            "seats": null
          }
        }"#]]
    .assert_eq(&shown(&bind(&app, "stripe:cus_1", json!(org)).await));
    assert_eq!(plan(&ada, &org).await, "team 1/7");
    assert_eq!(parked(&app).await, Vec::<String>::new());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_can_be_named_before_they_pay() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    bind(&app, "hook:c1", json!(org)).await.expect_status(200);
    assert_eq!(plan(&ada, &org).await, "starter 1/5");
    assert_eq!(outcome(changed(&app, "msg_1", 0, json!({"customer": "c1", "plan": "team"})).await), "applied");
    assert_eq!(plan(&ada, &org).await, "team 1/25");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_has_one_payer_until_the_operator_says_otherwise() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    assert_eq!(
        outcome(changed(&app, "msg_1", -2, json!({"customer": "c1", "org": org, "plan": "team"})).await),
        "applied"
    );
    let other = json!({"customer": "c2", "org": org, "plan": "business", "seats": 60});
    assert_eq!(outcome(changed(&app, "msg_2", -1, other).await), "parked organization_taken");
    bind(&app, "hook:c2", json!(org)).await.expect_problem(409, "organization_taken");
    let unbound = bind(&app, "hook:c1", Value::Null).await.expect_status(200);
    // Whoever pays for nobody waits for somebody to say whom.
    assert_eq!(unbound.text_at("/reason"), "unknown_customer");
    assert_eq!(plan(&ada, &org).await, "team 1/25", "what was bought stays until something else is");
    bind(&app, "hook:c2", json!(org)).await.expect_status(200);
    assert_eq!(plan(&ada, &org).await, "business 1/60");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_and_whatever_is_unknown_is_named() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    bind(&app, "stripe:cus_1", json!(NO_ORG)).await.expect_problem(404, "not_found");
    ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(204);
    bind(&app, "stripe:cus_1", json!(org)).await.expect_problem(404, "not_found");
    for payer in ["cus_1", "paddle:1", "stripe:", "stripe:a%20b", "hook:%00"] {
        bind(&app, payer, Value::Null).await.expect_problem(404, "not_found");
    }
    assert_eq!(wrong_fields(bind(&app, "stripe:cus_1", json!("acme")).await), ["organization invalid"]);
    let as_member = ada.put("/v1/billing/payers/stripe:cus_1", json!({"organization": null})).await;
    as_member.expect_problem(401, "unauthenticated");
    assert_eq!(app.count("SELECT count(*) FROM billing_payer"), 0);
    app.finish().await;
}
