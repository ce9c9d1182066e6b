use expect_test::expect;
use latchkey_testkit::{TestApp, shown};

use crate::support::DAY;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_reads_their_own_account_by_token_or_cookie() {
    let app = TestApp::start().await;
    let ada = app.sign_in("Ada@Example.com").await;
    let me = ada.get("/v1/me").await;
    expect![[r#"
        200
        {
          "created_at": "[time]",
          "display_name": null,
          "email": "Ada@Example.com",
          "id": "usr#1"
        }"#]]
    .assert_eq(&shown(&me));
    let cookie = format!("theme=dark; latchkey_session={}", ada.token());
    let by_cookie = app.anyone().request("GET", "/v1/me").header("cookie", &cookie).send().await.expect_status(200);
    assert_eq!(by_cookie.json(), me.json());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_lives_thirty_days_at_most() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    app.advance_clock(13 * DAY);
    ada.get("/v1/me").await.expect_status(200);
    app.advance_clock(17 * DAY);
    ada.get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.dispatch().await;
    assert_eq!(app.count("SELECT count(*) FROM session"), 0, "forgotten once it is of no use");
    ada.get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_session_is_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let refused = app.anyone().get("/v1/me").await;
    expect![[r#"
        401
        content-type: application/problem+json
        www-authenticate: Bearer
        {
          "code": "unauthenticated",
          "detail": "Sign in first: there is no session, or it has ended.",
          "request_id": "[request]",
          "status": 401,
          "title": "Not signed in",
          "type": "/problems/unauthenticated"
        }"#]]
    .assert_eq(&shown(&refused));
    let with =
        |authorization: &str| app.anyone().request("GET", "/v1/me").header("authorization", authorization).send();
    for wrong in [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer lks_0000000000000000000000000000000000000000000000000000000000000000",
        &format!("Token {}", ada.token()),
        &format!("Bearer {}", ada.token().to_uppercase()),
        &format!("Bearer {}x", ada.token()),
        &format!("Bearer {}", "x".repeat(3000)),
    ] {
        with(wrong).await.expect_problem(401, "unauthenticated");
    }
    // Whoever sends an Authorization header means it: a good cookie beside a broken one is not a second chance.
    let both = app.anyone().request("GET", "/v1/me").header("authorization", "Bearer no");
    both.header("cookie", &format!("latchkey_session={}", ada.token()))
        .send()
        .await
        .expect_problem(401, "unauthenticated");
    with(&format!("bearer  {}", ada.token())).await.expect_status(200);
    app.finish().await;
}
