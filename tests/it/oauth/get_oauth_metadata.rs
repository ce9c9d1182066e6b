use latchkey_testkit::{TestApp, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oauth_libraries_find_everything_from_the_issuer() {
    let app = TestApp::start().await;
    let answer = app.anyone().get("/.well-known/oauth-authorization-server").await.expect_status(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.json(),
        json!({
            "issuer": "http://latchkey.test",
            "token_endpoint": "http://latchkey.test/oauth/token",
            "jwks_uri": "http://latchkey.test/oauth/jwks",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "response_types_supported": [],
        })
    );
    app.finish().await;
}
