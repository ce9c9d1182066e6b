use expect_test::expect;
use latchkey_testkit::{Issuer, TestApp, json, shown};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_page_is_told_what_to_offer_and_no_secret() {
    let google = json!({"preset": "google", "client_id": "g", "client_secret": "hunter2"});
    let providers = json!([google, Issuer::shared().entry("acme")]).to_string();
    let app = TestApp::start_with(|config| config.variable("oidc_providers", providers)).await;
    let listed = app.anyone().get("/v1/auth/providers").await;
    expect![[r#"
        200
        {
          "data": [
            {
              "id": "google",
              "name": "Google",
              "start": "http://latchkey.test/v1/auth/oidc/google"
            },
            {
              "id": "acme",
              "name": "Acme",
              "start": "http://latchkey.test/v1/auth/oidc/acme"
            }
          ],
          "email": true
        }"#]]
    .assert_eq(&shown(&listed));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_providers_there_is_the_code_by_mail() {
    let app = TestApp::start_with(|config| config.variable("oidc_providers", "")).await;
    let listed = app.anyone().get("/v1/auth/providers").await.expect_status(200);
    assert_eq!(listed.json(), json!({"data": [], "email": true}));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_cannot_be_used_is_said_so_to_the_operator_only() {
    for providers in ["hunter2", "[{\"id\":\"x\",\"client_secret\":\"hunter2\"}]"] {
        let app = TestApp::start_with(|config| config.variable("oidc_providers", providers)).await;
        let refused = app.anyone().get("/v1/auth/providers").await.expect_problem(500, "misconfigured");
        assert!(!refused.text.contains("hunter2") && !refused.text.contains("issuer"), "{}", refused.text);
        app.anyone().get("/v1/auth/oidc/x").await.expect_problem(500, "misconfigured");
        // Everything else goes on.
        app.sign_in("ada@example.com").await;
        app.finish().await;
    }
}

/// In production a provider is asked over TLS only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_http_is_for_development() {
    let app =
        TestApp::start_with(|config| config.variable("dev_mode", "false").variable("mail_provider", "none")).await;
    app.anyone().get("/v1/auth/providers").await.expect_problem(500, "misconfigured");
    app.finish().await;
}
