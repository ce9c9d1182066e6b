//! The key-value store.

use crate::support::{App, request};

#[tokio::test]
async fn keys_are_kept_until_deleted() {
    let app = App::start().await;
    let ask = async |method: &str, path: &str| request(app.addr(), method, path, "", b"").await.body;
    assert_eq!(ask("GET", "/kv/default/a").await, "none");
    assert_eq!(ask("POST", "/kv/default/a").await, "false");
    assert_eq!(ask("PUT", "/kv/default/a/1").await, "set");
    assert_eq!(ask("PUT", "/kv/default/a/2").await, "set");
    assert_eq!(ask("PUT", "/kv/default/b/3").await, "set");
    assert_eq!(ask("GET", "/kv/default/a").await, "2");
    assert_eq!(ask("POST", "/kv/default/a").await, "true");
    assert_eq!(ask("GET", "/kv/default").await, "a,b");
    assert_eq!(ask("DELETE", "/kv/default/a").await, "deleted");
    assert_eq!(ask("DELETE", "/kv/default/a").await, "deleted");
    assert_eq!(ask("GET", "/kv/default").await, "b");
}

#[tokio::test]
async fn a_store_that_the_manifest_does_not_grant_is_denied() {
    let app = App::start().await;
    let reply = app.get("/kv/other").await;
    assert_eq!((reply.status, reply.body.as_str()), (409, "Error::AccessDenied"));
}

#[tokio::test]
async fn it_can_be_wiped_under_the_running_application() {
    let app = App::start().await;
    request(app.addr(), "PUT", "/kv/default/a/1", "", b"").await;
    app.running.wipe_key_value().await.unwrap();
    assert_eq!(app.get("/kv/default/a").await.body, "none");
}
