//! Paths and headers that mean one thing to the router and another to the handler.

use latchkey_testkit::{TestApp, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_spelling_of_a_path_leads_around_its_check() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let eve = app.sign_in("eve@example.com").await;
    let theirs = eve.create_org("Elsewhere").await;
    let upper = org.to_uppercase();
    let paths = [
        format!("/v1/orgs/{org}/"),
        format!("//v1/orgs/{org}"),
        format!("/v1//orgs/{org}"),
        format!("/v1/./orgs/{org}"),
        format!("/v1/orgs/{theirs}/../{org}"),
        format!("/v1/orgs/{theirs}%2F..%2F{org}"),
        format!("/v1/orgs/{theirs}%2f..%2f{org}/members"),
        format!("/v1/orgs/{org}%00"),
        format!("/v1/orgs/{org}%20"),
        format!("/v1/orgs/%20{org}"),
        format!("/v1/orgs/{org};{theirs}"),
        format!("/v1/orgs/{upper}"),
        format!("/V1/orgs/{org}"),
        format!("/v1/%6Frgs/{org}"),
        format!("/v1/orgs/{org}/members/../../{theirs}"),
    ];
    for path in &paths {
        for caller in [&eve, &app.anyone(), &ada] {
            let answer = caller.get(path).await;
            assert!(matches!(answer.status.as_u16(), 401 | 404), "{path}: {}", answer.status);
            assert!(!answer.text.contains("Acme"), "{path}");
        }
    }
    // An escape that spells the same id is the same id, and the same check.
    let escaped = format!("/v1/orgs/{}", org.replace('_', "%5F"));
    ada.get(&escaped).await.expect_status(200);
    eve.get(&escaped).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_of_the_runtime_cannot_be_sent_by_a_client() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let eve = app.sign_in("eve@example.com").await;
    let theirs = eve.create_org("Elsewhere").await;
    let own = format!("/v1/orgs/{theirs}");
    let other = format!("/v1/orgs/{org}");
    let request = eve.request("GET", &own).header("spin-path-match-org", &org).header("spin-full-url", &other);
    let request = request.header("spin-path-info", &other).header("spin-raw-component-route", &other);
    let request = request.header("x-original-url", &other).header("x-rewrite-url", &other);
    let request = request.header("x-http-method-override", "DELETE").header("x-method-override", "DELETE");
    let answer =
        request.header("x-request-id", "req_mine\u{9}x").header("host", "evil.example").send().await.expect_status(200);
    assert_eq!(answer.text_at("/id"), theirs);
    assert!(answer.header("x-request-id").is_some_and(|id| id.starts_with("req_") && id.len() == 36));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_a_client_claims_stands_in_no_link() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let invite = ada.request("POST", &format!("/v1/orgs/{org}/invitations"));
    let invite = invite.header("host", "evil.example").header("x-forwarded-host", "evil.example");
    invite.json(&json!({"email": "bob@example.com", "role": "viewer"})).send().await.expect_status(201);
    let mail = ada.newest_mail("bob@example.com").await;
    assert!(mail["text"].as_str().is_some_and(|text| text.contains("http://latchkey.test/") && !text.contains("evil")));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parameter_that_nothing_reads_is_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for path in ["/v1/me?user=usr_1", "/v1/orgs?org=x", "/v1/orgs?limit=1&admin=true"] {
        ada.get(path).await.expect_problem(422, "invalid_request");
    }
    ada.post("/v1/orgs?dry_run=TRUE", json!({"name": "Acme"})).await.expect_problem(422, "invalid_request");
    ada.post("/v1/orgs", json!({"name": "Acme", "plan": "enterprise"})).await.expect_problem(422, "invalid_request");
    assert_eq!(app.count("SELECT count(*) FROM org"), 0);
    app.finish().await;
}
