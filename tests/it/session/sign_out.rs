use expect_test::expect;
use latchkey_testkit::{Caller, PUBLIC_URL, TestApp, Value, shown};

async fn sign_out(caller: &Caller) -> latchkey_testkit::Answer {
    caller.delete("/v1/auth/session", Value::Null).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_the_session_at_once_and_no_other() {
    let app = TestApp::start().await;
    let here = app.sign_in("ada@example.com").await;
    let there = app.sign_in("ada@example.com").await;
    let answer = sign_out(&here).await;
    expect![[r#"
        204
        set-cookie: latchkey_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"#]]
    .assert_eq(&shown(&answer));
    here.get("/v1/me").await.expect_problem(401, "unauthenticated");
    sign_out(&here).await.expect_problem(401, "unauthenticated");
    there.get("/v1/me").await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_signs_out_by_its_cookie() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let cookie = format!("latchkey_session={}", ada.token());
    let request = |origin: &'static str| {
        app.anyone().request("DELETE", "/v1/auth/session").header("cookie", &cookie).header("origin", origin).send()
    };
    request("https://evil.example").await.expect_problem(403, "cross_origin_write");
    ada.get("/v1/me").await.expect_status(200);
    request(PUBLIC_URL).await.expect_status(204);
    ada.get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_session_there_is_nothing_to_end() {
    let app = TestApp::start().await;
    let refused = sign_out(&app.anyone()).await.expect_problem(401, "unauthenticated");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    app.finish().await;
}
