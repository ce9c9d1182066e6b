use std::time::Duration;

use latchkey_testkit::{TestApp, Value, json};

use super::{NO_CLIENT, ask, clients, make, oauth_error, revoke, rotate};
use crate::support::{DAY, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_secret_lives_on_for_a_day_unless_told_otherwise() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, first) = make(&ada, &org, &["org.read"]).await;
    let second = rotate(&ada, &org, &client, Value::Null).await.expect_status(200).text_at("/client_secret");
    assert_ne!(first, second);
    for secret in [&first, &second] {
        ask(&ada, &client, secret).await.expect_status(200);
    }
    app.advance_clock(DAY - Duration::from_secs(10));
    ask(&ada, &client, &first).await.expect_status(200);
    app.advance_clock(Duration::from_secs(11));
    assert_eq!(oauth_error(&ask(&ada, &client, &first).await, 401), "invalid_client");
    ask(&ada, &client, &second).await.expect_status(200);
    // Another rotation never lets an old secret live longer than the one before it did.
    let third =
        rotate(&ada, &org, &client, json!({"overlap_s": 60})).await.expect_status(200).text_at("/client_secret");
    let fourth = rotate(&ada, &org, &client, json!({"overlap_s": 3600})).await.expect_status(200);
    app.advance_clock(Duration::from_secs(61));
    assert_eq!(oauth_error(&ask(&ada, &client, &second).await, 401), "invalid_client");
    for secret in [third, fourth.text_at("/client_secret")] {
        ask(&ada, &client, &secret).await.expect_status(200);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_overlap_the_old_secret_is_dead_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, first) = make(&ada, &org, &["org.read"]).await;
    let path = format!("{}/{client}/rotate", clients(&org));
    let request = ada.request("POST", &path).header("idempotency-key", "k").json(&json!({"overlap_s": 0}));
    let rotated = request.clone().send().await.expect_status(200);
    let again = request.send().await.expect_status(200);
    assert_eq!((&rotated.text, again.header("idempotent-replayed")), (&again.text, Some("true")));
    assert_eq!(oauth_error(&ask(&ada, &client, &first).await, 401), "invalid_client");
    ask(&ada, &client, &rotated.text_at("/client_secret")).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_to_know_a_secret_may_do_all_that_it_opens() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, _) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (viewer, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let (mighty, _) = make(&ada, &org, &["org.read", "billing.manage"]).await;
    let (modest, _) = make(&ada, &org, &["org.read"]).await;
    let refused = rotate(&admin, &org, &mighty, Value::Null).await.expect_problem(403, "scopes_too_wide");
    assert_eq!(refused.json()["missing"], json!(["billing.manage"]));
    rotate(&admin, &org, &modest, Value::Null).await.expect_status(200);
    rotate(&viewer, &org, &modest, Value::Null).await.expect_problem(403, "forbidden");
    rotate(&ada, &org, NO_CLIENT, Value::Null).await.expect_problem(404, "not_found");
    let wrong = rotate(&ada, &org, &modest, json!({"overlap_s": 2_592_001, "x": 1})).await;
    assert_eq!(wrong_fields(wrong), ["overlap_s out_of_range", "x unknown"]);
    revoke(&admin, &org, &mighty).await.expect_status(204);
    rotate(&ada, &org, &mighty, Value::Null).await.expect_problem(409, "client_revoked");
    app.finish().await;
}
