//! Sessions by cookie: only a page of ours or of a configured origin may write with one.

use latchkey_testkit::{Answer, PUBLIC_URL, TestApp, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_reads_from_anywhere_and_writes_only_from_home() {
    let app = TestApp::start_with(|config| config.variable("cors_origins", "https://app.example")).await;
    let ada = app.sign_in("ada@example.com").await;
    let cookie = format!("latchkey_session={}", ada.token());
    let create = async |headers: &[(&str, &str)]| -> Answer {
        let request = app.anyone().request("POST", "/v1/orgs").header("cookie", &cookie).json(&json!({"name": "Acme"}));
        headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send().await
    };
    for foreign in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[],
    ] {
        create(foreign).await.expect_problem(403, "cross_origin_write");
    }
    assert_eq!(app.count("SELECT count(*) FROM org"), 0);
    for home in [
        &[("origin", PUBLIC_URL)][..],
        &[("origin", "https://app.example")],
        &[("sec-fetch-site", "same-origin")],
        &[("origin", PUBLIC_URL), ("sec-fetch-site", "cross-site")],
    ] {
        create(home).await.expect_status(201);
    }
    let read = app.anyone().request("GET", "/v1/me").header("cookie", &cookie).header("origin", "https://evil.example");
    read.send().await.expect_status(200);
    // A bearer token is not sent by browsers on their own.
    let written =
        ada.request("POST", "/v1/orgs").header("origin", "https://evil.example").json(&json!({"name": "Acme"}));
    written.send().await.expect_status(201);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_https_the_cookie_is_bound_to_this_host() {
    let app = TestApp::start_with(|config| config.variable("public_url", "https://team.example")).await;
    let anyone = app.anyone();
    let challenge = anyone.post("/v1/auth/email", json!({"email": "ada@example.com"})).await.text_at("/challenge");
    let code = anyone.newest_mail("ada@example.com").await["code"].clone();
    let session =
        anyone.post("/v1/auth/email/verify", json!({"challenge": challenge, "code": code})).await.expect_status(200);
    let token = session.text_at("/token");
    let expected = format!("__Host-latchkey_session={token}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(session.header("set-cookie"), Some(expected.as_str()));
    let with = |name: &str| anyone.request("GET", "/v1/me").header("cookie", &format!("{name}={token}")).send();
    with("__Host-latchkey_session").await.expect_status(200);
    with("latchkey_session").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
