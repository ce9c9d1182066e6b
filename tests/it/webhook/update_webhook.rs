use latchkey_testkit::{Value, json};

use super::{scene, tell, types, webhooks, willing};
use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_changes_and_holds_for_what_happens_from_then_on() {
    let (app, receiver, ada, org, webhook, _) = scene().await;
    let elsewhere = willing().await;
    let path = format!("{}/{webhook}", webhooks(&org));
    let wish = json!({"url": elsewhere.url("/other"), "types": ["org.renamed"], "description": "CRM"});
    let changed = ada.patch(&path, wish).await.expect_status(200).json();
    assert_eq!((&changed["description"], &changed["status"]), (&json!("CRM"), &json!("on")));
    assert_eq!(ada.get(&path).await.expect_status(200).json(), changed);
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
    ada.invite(&org, "bob@example.com", "viewer").await;
    assert_eq!(tell(&app).await, (1, 0));
    assert_eq!((receiver.received().len(), types(&elsewhere)), (0, vec!["org.renamed".to_owned()]));
    let before = ada.event_types(&org).await.len();
    ada.patch(&path, json!({"description": "CRM", "on": true})).await.expect_status(200);
    assert_eq!(ada.event_types(&org).await.len(), before, "what is so already is no change");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_off_is_told_nothing_and_can_catch_up_later() {
    let (app, receiver, ada, org, webhook, _) = scene().await;
    let path = format!("{}/{webhook}", webhooks(&org));
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Before"})).await.expect_status(200);
    ada.patch(&path, json!({"on": false})).await.expect_status(200);
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "While it is off"})).await.expect_status(200);
    assert_eq!(tell(&app).await, (0, 0));
    let deliveries = ada.get(&format!("{path}/deliveries")).await.expect_status(200).data();
    assert_eq!(deliveries.len(), 1);
    assert_eq!((&deliveries[0]["status"], &deliveries[0]["error"]), (&json!("dead"), &json!("the webhook is off")));
    let on = ada.patch(&path, json!({"on": true})).await.expect_status(200).json();
    assert_eq!((&on["status"], &on["failing_since"]), (&json!("on"), &Value::Null));
    let since = json!({"since": ada.audit(&org).await[3]["effective_at"]});
    ada.post(&format!("{path}/replay"), since).await.expect_status(200);
    assert_eq!(tell(&app).await, (2, 0));
    assert_eq!(types(&receiver), ["org.renamed", "org.renamed"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_held_to_the_same_rules_as_a_new_webhook() {
    let (app, _, ada, org, webhook, _) = scene().await;
    let path = format!("{}/{webhook}", webhooks(&org));
    assert_eq!(wrong_fields(ada.patch(&path, json!({"url": "gopher://x/"})).await), ["url not_allowed"]);
    assert_eq!(
        wrong_fields(ada.patch(&path, json!({"types": ["no"], "on": 1})).await),
        ["types not_allowed", "on wrong_type"]
    );
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    viewer.patch(&path, json!({"on": false})).await.expect_problem(403, "forbidden");
    app.finish().await;
}
