//! Other sites, in the browser of somebody who is signed in here.

use latchkey_testkit::{Caller, PUBLIC_URL, RequestBuilder, TestApp, Value, json};

const EVIL: &str = "https://evil.example";

/// What a browser adds to a request from a page: the cookie, and where the page is from.
fn from_page(caller: &Caller, method: &str, path: &str, origin: &str) -> RequestBuilder {
    let cookie = format!("latchkey_session={}", caller.token());
    caller.request(method, path).without_headers().header("cookie", &cookie).header("origin", origin)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_site_cannot_write_with_the_visitors_cookie() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let body = json!({"name": "Evil"});
    for origin in
        [EVIL, "null", "http://latchkey.test.evil.example", "http://latchkey.test:81", "https://latchkey.test", ""]
    {
        let refused = from_page(&ada, "PATCH", &path, origin).json(&body).send().await;
        let refused = refused.expect_problem(403, "cross_origin_write");
        assert_eq!(refused.header("access-control-allow-origin"), None, "{origin}");
    }
    // Without `Origin` a browser of today still says that the page is another site's.
    let cookie = format!("latchkey_session={}", ada.token());
    for site in ["cross-site", "same-site"] {
        let request = app.anyone().request("PATCH", &path).header("cookie", &cookie).header("sec-fetch-site", site);
        request.json(&body).send().await.expect_problem(403, "cross_origin_write");
    }
    app.anyone()
        .request("PATCH", &path)
        .header("cookie", &cookie)
        .json(&body)
        .send()
        .await
        .expect_problem(403, "cross_origin_write");
    let home =
        from_page(&ada, "PATCH", &path, PUBLIC_URL).json(&json!({"name": "Mine"})).send().await.expect_status(200);
    assert_eq!(home.header("access-control-allow-origin"), Some(PUBLIC_URL));
    assert_eq!(ada.get(&path).await.text_at("/name"), "Mine");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_site_cannot_sign_its_visitors_in_as_somebody_else() {
    let app = TestApp::start().await;
    let eve = app.anyone();
    let challenge = eve.post("/v1/auth/email", json!({"email": "eve@example.com"})).await.text_at("/challenge");
    let code = eve.newest_mail("eve@example.com").await["code"].clone();
    let body = json!({"challenge": challenge, "code": code});
    let verify = || app.anyone().request("POST", "/v1/auth/email/verify");
    let refused = verify().header("origin", EVIL).json(&body).send().await.expect_problem(403, "cross_origin_write");
    assert_eq!(refused.header("set-cookie"), None);
    // A form or a plain text needs no preflight, and is no JSON here.
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let request = verify().header("content-type", media_type).body(body.to_string());
        let refused = request.send().await.expect_problem(415, "unsupported_media_type");
        assert_eq!(refused.header("set-cookie"), None);
    }
    verify().body(body.to_string()).send().await.expect_problem(415, "unsupported_media_type");
    verify().json(&body).send().await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_site_gets_no_permission_to_read() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for path in ["/v1/me", "/v1/orgs", "/dev/mailbox", "/v1/openapi.json"] {
        let answer = from_page(&ada, "GET", path, EVIL).send().await.expect_status(200);
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{path}");
        assert!(answer.header("vary").is_some_and(|vary| vary.contains("origin")), "{path}");
        let preflight = app.anyone().request("OPTIONS", path).header("origin", EVIL);
        let preflight = preflight.header("access-control-request-method", "DELETE").send().await.expect_status(204);
        let allowed = preflight.headers.keys().filter(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(allowed.count(), 0, "{path}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_never_one_that_the_client_brought() {
    let app = TestApp::start().await;
    let brought = format!("lks_{}", "7".repeat(64));
    let challenge =
        app.anyone().post("/v1/auth/email", json!({"email": "ada@example.com"})).await.text_at("/challenge");
    let code = app.anyone().newest_mail("ada@example.com").await["code"].clone();
    let request = app.anyone().request("POST", "/v1/auth/email/verify");
    let request = request.header("cookie", &format!("latchkey_session={brought}")).header("origin", PUBLIC_URL);
    let answer = request.json(&json!({"challenge": challenge, "code": code})).send().await.expect_status(200);
    let token = answer.text_at("/token");
    assert_ne!(token, brought);
    let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
    assert!(cookie.contains(&token) && cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"), "{cookie}");
    app.anyone().bearer(brought).get("/v1/me").await.expect_problem(401, "unauthenticated");

    // Signing out ends the session itself and not only its cookie.
    let ada = app.anyone().bearer(token);
    let ended = ada.delete("/v1/auth/session", Value::Null).await.expect_status(204);
    assert!(ended.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    ada.get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_https_the_cookie_cannot_be_planted_from_a_neighbouring_host() {
    let app = TestApp::start_with(|config| config.variable("public_url", "https://latchkey.test")).await;
    let ada = app.sign_in("ada@example.com").await;
    let me =
        |cookie: &str| app.anyone().request("GET", "/v1/me").header("cookie", &format!("{cookie}={}", ada.token()));
    me("latchkey_session").send().await.expect_problem(401, "unauthenticated");
    let answer = me("__Host-latchkey_session").send().await.expect_status(200);
    assert!(answer.header("strict-transport-security").is_some());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_cannot_bring_script_into_the_mailbox_page() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let markup = "<script>alert(1)</script>\"'&";
    ada.patch("/v1/me", json!({"display_name": markup})).await.expect_status(200);
    let org = ada.create_org(markup).await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let page =
        app.anyone().request("GET", "/dev/mailbox").header("accept", "text/html").send().await.expect_status(200);
    assert!(page.text.contains("&lt;script&gt;") && !page.text.contains("<script"), "{}", page.text);
    let policy = page.header("content-security-policy").expect("a policy").to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    app.finish().await;
}
