use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, redacted, shown};

use super::usage;
use crate::support::wrong_fields;

async fn set_plan(caller: &Caller, org: &str, plan: Value) -> Answer {
    caller.put(&format!("/v1/orgs/{org}/plan"), plan).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_sells_and_the_log_says_so() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    assert_eq!(usage(&ada, &org).await, "1/5");
    let plan = json!({"plan": "team", "seats": 30, "upgrade_url": "https://example.com/more"});
    expect![[r#"
        200
        etag: "3"
        {
          "available": 29,
          "counts": "Active members and open invitations each fill a seat.",
          "licensed": 0,
          "members": 1,
          "mode": "members",
          "pending_invitations": 0,
          "plan": "team",
          "plan_title": "Team",
          "text": "1/30",
          "total": 30,
          "upgrade_url": "https://example.com/more",
          "used": 1
        }"#]]
    .assert_eq(&shown(&set_plan(&app.operator(), &org, plan).await));
    let sold = ada.audit(&org).await.pop().unwrap();
    expect![[r#"
        [
          "plan.changed",
          {
            "display_name": null,
            "email": null,
            "id": "operator",
            "kind": "operator"
          },
          {
            "id": "org#1",
            "type": "organization"
          },
          {
            "plan": "team",
            "seats": 30,
            "upgrade_url": "https://example.com/more",
            "was": "starter"
          }
        ]"#]]
    .assert_eq(&redacted(&json!([sold["type"], sold["actor"], sold["target"], sold["data"]])));
    assert_eq!(ada.get(&format!("/v1/orgs/{org}")).await.text_at("/plan"), "team");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_manages_billing_may_and_others_may_not() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let (admin, _) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let eve = app.sign_in("eve@example.com").await;
    set_plan(&ada, &org, json!({"plan": "team"})).await.expect_status(200);
    let refused = set_plan(&admin, &org, json!({"plan": "business"})).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "billing.manage");
    set_plan(&eve, &org, json!({"plan": "business"})).await.expect_problem(404, "not_found");
    set_plan(&app.anyone(), &org, json!({"plan": "business"})).await.expect_problem(401, "unauthenticated");
    assert_eq!(usage(&ada, &org).await, "2/25");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_out_is_what_the_plan_and_the_deployment_say() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let own = json!({"plan": "team", "seats": 7, "upgrade_url": "https://example.com/more"});
    assert_eq!(set_plan(&ada, &org, own).await.text_at("/text"), "1/7");
    let plain = set_plan(&ada, &org, json!({"plan": "team"})).await.expect_status(200);
    assert_eq!((plain.text_at("/text").as_str(), &plain.json()["upgrade_url"]), ("1/25", &Value::Null));
    let nulls = json!({"plan": "team", "seats": null, "upgrade_url": null});
    let events = ada.audit(&org).await.len();
    assert_eq!(set_plan(&ada, &org, nulls).await.json(), plain.json());
    assert_eq!(ada.audit(&org).await.len(), events, "the same again changes nothing");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_the_policy_has_not_is_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    expect![[r#"
        422
        content-type: application/problem+json
        {
          "code": "unknown_plan",
          "detail": "There is no plan free. Use one of: starter, team, business, enterprise.",
          "errors": [
            {
              "code": "not_allowed",
              "field": "plan",
              "message": "There is no plan free. Use one of: starter, team, business, enterprise."
            }
          ],
          "known": [
            "starter",
            "team",
            "business",
            "enterprise"
          ],
          "request_id": "[request]",
          "status": 422,
          "title": "The policy has no such plan",
          "type": "/problems/unknown_plan"
        }"#]]
    .assert_eq(&shown(&set_plan(&ada, &org, json!({"plan": "free"})).await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_of_seats_needs_something_that_fills_them() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let refused = set_plan(&ada, &org, json!({"plan": "professional", "seats": 10})).await;
    assert_eq!(wrong_fields(refused), ["seats not_allowed"]);
    set_plan(&ada, &org, json!({"plan": "professional"})).await.expect_status(200);
    // Two owners are on that plan.
    ada.invite(&org, "bob@example.com", "owner").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let send = async |plan| wrong_fields(set_plan(&ada, &org, plan).await);
    assert_eq!(send(json!({})).await, ["plan required"]);
    let wrong = json!({"plan": "No Such", "seats": "10", "upgrade_url": "example.com", "price": 1});
    assert_eq!(send(wrong).await, ["plan invalid", "seats wrong_type", "upgrade_url invalid", "price unknown"]);
    for seats in [json!(-1), json!(1_000_001), json!(u64::MAX)] {
        assert_eq!(send(json!({"plan": "team", "seats": seats})).await, ["seats out_of_range"]);
    }
    assert_eq!(send(json!({"plan": "team", "seats": 1.5})).await, ["seats wrong_type"]);
    for url in ["javascript:alert(1)", "https://", "/billing", "https://a b", "https://ada:pw@example.com/", "ftp://x/"]
    {
        assert_eq!(send(json!({"plan": "team", "upgrade_url": url})).await, ["upgrade_url invalid"], "{url}");
    }
    app.finish().await;
}
