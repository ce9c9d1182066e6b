use latchkey_testkit::{Reaction, Receiver, Value, json};

use super::{app, make, scene, tell, types, webhooks};
use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_arrived_arrives_once_more_with_the_id_that_it_had() {
    let (app, receiver, ada, org, webhook, _) = scene().await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
    assert_eq!(tell(&app).await, (1, 0));
    let replay = format!("{}/{webhook}/replay", webhooks(&org));
    let told = ada.post(&replay, json!({"version": 4})).await.expect_status(200).json();
    assert_eq!(told, json!({"first_version": 4, "last_version": 4, "more": false}));
    assert_eq!(tell(&app).await, (1, 0));
    let [first, again] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
    assert_eq!((first.header("webhook-id"), &first.body), (again.header("webhook-id"), &again.body));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_since_a_moment_are_told_in_their_order_even_those_before_the_webhook() {
    let (app, receiver) = (app().await, super::willing().await);
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let wanted = json!(["invitation.created", "org.created"]);
    let (webhook, _) = make(&ada, &org, json!({"url": receiver.url("/"), "types": wanted})).await;
    let since = ada.audit(&org).await[0]["effective_at"].clone();
    let replay = format!("{}/{webhook}/replay", webhooks(&org));
    ada.post(&replay, json!({ "since": since })).await.expect_status(200);
    assert_eq!(tell(&app).await, (2, 0));
    assert_eq!(types(&receiver), ["org.created", "invitation.created"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_up_has_all_its_tries_again() {
    let receiver = Receiver::start(|n, _| Reaction::status(if n == 0 { 500 } else { 204 })).await;
    let app = app().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (webhook, _) = make(&ada, &org, json!({"url": receiver.url("/")})).await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
    assert_eq!(tell(&app).await, (0, 1));
    app.sql("UPDATE webhook_delivery SET state = 'dead', attempts = 8");
    assert_eq!(tell(&app).await, (0, 0));
    let path = format!("{}/{webhook}", webhooks(&org));
    ada.post(&format!("{path}/replay"), json!({"version": 4})).await.expect_status(200);
    assert_eq!(tell(&app).await, (1, 0));
    let delivery = ada.get(&format!("{path}/deliveries")).await.expect_status(200).data().remove(0);
    assert_eq!((&delivery["status"], &delivery["attempts"]), (&json!("sent"), &json!(1)));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_cannot_be_told_again() {
    let (app, _, ada, org, webhook, _) = scene().await;
    let path = format!("{}/{webhook}", webhooks(&org));
    let replay_path = format!("{path}/replay");
    let replay = |body: Value| ada.post(&replay_path, body);
    assert_eq!(wrong_fields(replay(json!({})).await), ["since required"]);
    assert_eq!(replay(json!({"after": 2})).await.expect_status(200).json()["first_version"], 3);
    replay(json!({"after": 99})).await.expect_problem(404, "not_found");
    let both = json!({"version": 1, "since": "2026-01-01T00:00:00Z"});
    assert_eq!(wrong_fields(replay(both).await), ["since required"]);
    replay(json!({"version": 99})).await.expect_problem(404, "not_found");
    replay(json!({"since": "2999-01-01T00:00:00Z"})).await.expect_problem(404, "not_found");
    ada.patch(&path, json!({"on": false})).await.expect_status(200);
    replay(json!({"version": 1})).await.expect_problem(409, "webhook_is_off");
    app.finish().await;
}
