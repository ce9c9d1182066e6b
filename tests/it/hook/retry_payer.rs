use latchkey_testkit::{Answer, TestApp, Value, json};

use super::{changed, outcome, parked, plan};

async fn retry(app: &TestApp, payer: &str) -> Answer {
    app.operator().post(&format!("/v1/billing/payers/{payer}/retry"), Value::Null).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_no_plan_is_one_once_the_policy_has_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    assert_eq!(outcome(changed(&app, "msg_1", 0, json!({"org": org, "plan": "giant"})).await), "parked unknown_plan");
    let still = retry(&app, &org).await.expect_status(200);
    assert_eq!((still.text_at("/state").as_str(), still.text_at("/reason").as_str()), ("parked", "unknown_plan"));
    let path = format!("/v1/orgs/{org}/policy");
    let mut rules = ada.get(&path).await.expect_status(200).json();
    rules["name"] = json!("with_giants");
    rules["plans"].as_array_mut().unwrap().push(json!({"name": "giant", "title": "Giant", "seats": 900}));
    app.operator().put(&path, rules).await.expect_status(200);
    let settled = retry(&app, &org).await.expect_status(200);
    assert_eq!((settled.text_at("/state").as_str(), &settled.json()["reason"]), ("settled", &Value::Null));
    assert_eq!(plan(&ada, &org).await, "giant 1/900");
    assert_eq!(parked(&app).await, Vec::<String>::new());
    // Looking once more finds nothing to do.
    retry(&app, &org).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dispatch_looks_again_by_itself() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    assert_eq!(outcome(changed(&app, "msg_1", 0, json!({"org": org, "plan": "giant"})).await), "parked unknown_plan");
    app.sql("UPDATE billing_subscription SET terms = '{\"plan\":{\"plan\":\"team\",\"seats\":8}}'");
    app.dispatch().await;
    assert_eq!(parked(&app).await.len(), 1, "not at once");
    app.advance_clock(std::time::Duration::from_secs(3601));
    app.dispatch().await;
    assert_eq!(plan(&ada, &org).await, "team 1/8");
    assert_eq!(parked(&app).await, Vec::<String>::new());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_knows_a_payer_of_whom_nothing_was_told() {
    let app = TestApp::start().await;
    for payer in ["stripe:cus_1", "hook:c1", "org_019392d1c4b87d00a1b2c3d4e5f60718", "x"] {
        retry(&app, payer).await.expect_problem(404, "not_found");
    }
    app.finish().await;
}
