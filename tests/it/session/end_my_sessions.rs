use latchkey_testkit::{TestApp, Value};

use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_others_end_and_the_one_that_asks_stays() {
    let app = TestApp::start().await;
    let eve = app.sign_in("eve@example.net").await;
    let (here, there) = (app.sign_in("ada@example.com").await, app.sign_in("ada@example.com").await);
    let ended = here.delete("/v1/me/sessions", Value::Null).await.expect_status(200);
    assert_eq!(ended.json()["ended"], 1);
    there.get("/v1/me").await.expect_problem(401, "unauthenticated");
    for caller in [&here, &eve] {
        caller.get("/v1/me").await.expect_status(200);
    }
    assert_eq!(here.delete("/v1/me/sessions?current=keep", Value::Null).await.expect_status(200).json()["ended"], 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_them_end_if_that_is_what_is_asked() {
    let app = TestApp::start().await;
    let (here, there) = (app.sign_in("ada@example.com").await, app.sign_in("ada@example.com").await);
    let ended = here.delete("/v1/me/sessions?current=end", Value::Null).await.expect_status(200);
    assert_eq!(ended.json()["ended"], 2);
    assert!(ended.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    for caller in [here, there] {
        caller.get("/v1/me").await.expect_problem(401, "unauthenticated");
    }
    let ada = app.sign_in("ada@example.com").await;
    assert_eq!(wrong_fields(ada.delete("/v1/me/sessions?current=maybe", Value::Null).await), ["current not_allowed"]);
    app.anyone().delete("/v1/me/sessions", Value::Null).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
