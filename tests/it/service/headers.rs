//! Headers that every answer carries, and those for browsers of other origins.

use std::collections::BTreeSet;

use latchkey_testkit::{Answer, PUBLIC_URL, TestApp, json};

async fn some_answers(app: &TestApp) -> Vec<Answer> {
    let ada = app.sign_in("ada@example.com").await;
    vec![
        ada.get("/v1/me").await.expect_status(200),
        ada.post("/v1/orgs", json!({"name": "Acme"})).await.expect_status(201),
        ada.post("/v1/orgs", json!({})).await.expect_status(422),
        app.anyone().get("/v1/me").await.expect_status(401),
        app.anyone().get("/nothing").await.expect_status(404),
        app.anyone().request("PUT", "/v1/me").send().await.expect_status(405),
        app.anyone().request("OPTIONS", "/v1/me").send().await.expect_status(204),
        ada.request("HEAD", "/v1/me").send().await.expect_status(200),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_protects_itself() {
    let app = TestApp::start().await;
    for answer in some_answers(&app).await {
        for (name, value) in [
            ("cache-control", "no-store"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("vary", "origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{}: {name}", answer.asked);
        }
        assert_eq!(answer.header("strict-transport-security"), None, "plain http promises no https");
        assert_eq!(answer.header("access-control-allow-origin"), None, "nobody asked from elsewhere");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_a_request_id_of_its_own() {
    let app = TestApp::start().await;
    let answers = some_answers(&app).await;
    let ids: BTreeSet<String> =
        answers.iter().map(|answer| answer.header("x-request-id").unwrap().to_owned()).collect();
    assert_eq!(ids.len(), answers.len());
    for id in &ids {
        let digits = id.strip_prefix("req_").unwrap();
        assert!(digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    }
    let own = app.anyone().request("GET", "/").header("x-request-id", "req_mine").send().await;
    assert_ne!(own.header("x-request-id"), Some("req_mine"), "a client does not choose what stands in our log");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_https_browsers_are_told_to_stay_there() {
    let app = TestApp::start_with(|config| config.variable("public_url", "https://team.example")).await;
    let door = app.anyone().get("/").await.expect_status(200);
    assert_eq!(door.header("strict-transport-security"), Some("max-age=31536000"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn configured_origins_and_no_other_may_read_answers() {
    let origins = "https://app.example, http://localhost:5173";
    let app = TestApp::start_with(|config| config.variable("cors_origins", origins)).await;
    let from = |origin: &str| app.anyone().request("GET", "/v1/me").header("origin", origin).send();
    for origin in ["https://app.example", "http://localhost:5173", PUBLIC_URL] {
        let answer = from(origin).await.expect_problem(401, "unauthenticated");
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        let exposed = "content-disposition, etag, idempotent-replayed, latchkey-export-total, link, location, \
                       retry-after, x-request-id";
        assert_eq!(answer.header("access-control-expose-headers"), Some(exposed));
    }
    for origin in ["https://evil.example", "http://app.example", "https://app.example.evil.example", "null", ""] {
        let answer = from(origin).await;
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{origin}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preflight_says_what_may_be_sent() {
    let app = TestApp::start_with(|config| config.variable("cors_origins", "https://app.example")).await;
    let ask = |origin: &str| {
        let request = app.anyone().request("OPTIONS", "/v1/orgs").header("origin", origin);
        request.header("access-control-request-method", "POST").send()
    };
    let allowed = ask("https://app.example").await.expect_status(204);
    for (name, value) in [
        ("access-control-allow-origin", "https://app.example"),
        ("access-control-allow-methods", "POST, GET, HEAD, OPTIONS"),
        ("access-control-allow-headers", "authorization, content-type, idempotency-key, if-match"),
        ("access-control-max-age", "600"),
    ] {
        assert_eq!(allowed.header(name), Some(value), "{name}");
    }
    let refused = ask("https://evil.example").await.expect_status(204);
    assert!(!refused.headers.keys().any(|name| name.as_str().starts_with("access-control-")));
    app.finish().await;
}
