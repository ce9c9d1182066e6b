use latchkey_testkit::{Caller, TestApp, Value};

/// The id of the session that asks.
async fn own(caller: &Caller) -> String {
    let sessions = caller.get("/v1/me/sessions").await.expect_status(200).data();
    let current = sessions.iter().find(|session| session["current"] == true).expect("the session that asks");
    current["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_ended_elsewhere_is_as_good_as_none() {
    let app = TestApp::start().await;
    let (here, there) = (app.sign_in("ada@example.com").await, app.sign_in("ada@example.com").await);
    let path = format!("/v1/me/sessions/{}", own(&there).await);
    let ended = here.delete(&path, Value::Null).await.expect_status(204);
    assert_eq!(ended.header("set-cookie"), None);
    there.get("/v1/me").await.expect_problem(401, "unauthenticated");
    here.get("/v1/me").await.expect_status(200);
    here.delete(&path, Value::Null).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ones_own_session_takes_its_cookie_with_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let ended = ada.delete(&format!("/v1/me/sessions/{}", own(&ada).await), Value::Null).await.expect_status(204);
    assert!(ended.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    ada.get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_ends_the_session_of_another() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada@example.com").await, app.sign_in("eve@example.net").await);
    let path = format!("/v1/me/sessions/{}", own(&ada).await);
    eve.delete(&path, Value::Null).await.expect_problem(404, "not_found");
    app.anyone().delete(&path, Value::Null).await.expect_problem(401, "unauthenticated");
    ada.get("/v1/me").await.expect_status(200);
    for id in ["x", "ses_019392d1c4b87d00a1b2c3d4e5f60718"] {
        ada.delete(&format!("/v1/me/sessions/{id}"), Value::Null).await.expect_problem(404, "not_found");
    }
    app.finish().await;
}
