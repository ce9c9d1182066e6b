use expect_test::expect;
use latchkey_testkit::{Issuer, TestApp, Value, json, shown};

use super::person;
use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_token_it_is_and_until_when() {
    let app = TestApp::start().await;
    let token = Issuer::shared()
        .bearer(&json!({"sub": "a", "email": "ada@example.com", "email_verified": true, "name": "Ada"}));
    let confirmed = app.anyone().post("/v1/auth/external", json!({"token": token})).await;
    expect![[r#"
        200
        {
          "expires_at": "[time]",
          "user": {
            "created_at": "[time]",
            "display_name": "Ada",
            "email": "ada@example.com",
            "id": "usr#1"
          }
        }"#]]
    .assert_eq(&shown(&confirmed));
    let again = app.anyone().post("/v1/auth/external", json!({"token": token})).await.expect_status(200);
    assert_eq!(again.json(), confirmed.json());
    assert_eq!(app.count("SELECT count(*) FROM session WHERE method = 'jwt'"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_a_bearer_token_everywhere_from_its_first_request() {
    let app = TestApp::start().await;
    let ada = app.anyone().bearer(Issuer::shared().bearer(&person("a", "ada@example.com")));
    let org = ada.create_org("Acme").await;
    ada.get("/v1/me").await.expect_status(200);
    ada.get(&format!("/v1/orgs/{org}/members")).await.expect_status(200);
    ada.invite(&org, "grace@example.com", "viewer").await;
    // The next token is another session of the same person.
    let later = json!({"sub": "a", "jti": "2"});
    let again = app.anyone().bearer(Issuer::shared().bearer(&later));
    assert_eq!(again.get("/v1/me").await.expect_status(200).json(), ada.get("/v1/me").await.json());
    assert_eq!(app.count("SELECT count(*) FROM session WHERE method = 'jwt'"), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_then_on_a_request_costs_what_every_other_does() {
    let app = TestApp::start().await;
    let ada = app.anyone().bearer(Issuer::shared().bearer(&person("a", "ada@example.com")));
    ada.get("/v1/me").await.expect_status(200);
    let confirmations = || app.observer().requests().iter().filter(|record| record.path == "/v1/auth/external").count();
    assert_eq!(confirmations(), 1);
    for n in 0..3 {
        let id = format!("jwt {n}");
        ada.request("GET", "/v1/me").header("x-test-id", &id).send().await.expect_status(200);
        assert_eq!(app.statements_of(&id).len(), 1);
    }
    assert_eq!(confirmations(), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_an_account_already_is_known_by_the_verified_address() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let by_token = app.anyone().bearer(Issuer::shared().bearer(&person("a", "Ada@example.com")));
    assert_eq!(by_token.get("/v1/me").await.expect_status(200).json(), ada.get("/v1/me").await.json());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_external_issuer_no_token_is_looked_at() {
    let app = TestApp::start_with(|config| config.variable("jwt_issuer", "").variable("jwt_audience", "")).await;
    let token = Issuer::shared().bearer(&person("a", "ada@example.com"));
    app.anyone().bearer(&token).get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.anyone().post("/v1/auth/external", json!({"token": token})).await.expect_problem(401, "unauthenticated");
    assert_eq!(app.observer().requests().iter().filter(|record| record.path == "/v1/auth/external").count(), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_no_token_is_refused() {
    let app = TestApp::start().await;
    let post = async |body: Value| app.anyone().post("/v1/auth/external", body).await;
    assert_eq!(wrong_fields(post(json!({})).await), ["token required"]);
    assert_eq!(wrong_fields(post(json!({"token": 1})).await), ["token wrong_type"]);
    assert_eq!(wrong_fields(post(json!({"token": "a.b"})).await), ["token invalid"]);
    assert_eq!(wrong_fields(post(json!({"token": "a.b.c d"})).await), ["token invalid"]);
    assert_eq!(wrong_fields(post(json!({"token": "a".repeat(8193)})).await), ["token too_long"]);
    for token in ["a.b.c", "..", "eyJhbGciOiJub25lIn0.e30."] {
        post(json!({ "token": token })).await.expect_problem(401, "unauthenticated");
        app.anyone().bearer(format!("eyJ{token}")).get("/v1/me").await.expect_problem(401, "unauthenticated");
    }
    app.finish().await;
}
