//! Requests of components to the outside.

use crate::support::{App, MANIFEST};

/// A second application, to be called by the first.
async fn target() -> App {
    App::start().await
}

fn allowing(entry: &str) -> String {
    format!("{MANIFEST}allowed_outbound_hosts = [\"{entry}\"]\n[variables]\ntarget = {{ required = true }}\n")
}

#[tokio::test]
async fn an_allowed_host_is_reached() {
    let target = target().await;
    let addr = target.addr().to_string();
    let app = App::with(&allowing("http://{{ target }}"), |config| config.variable("target", &addr)).await;
    let reply = app.post("/outbound", &format!("http://{addr}/hello")).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "hello from /hello"));
}

#[tokio::test]
async fn other_hosts_and_ports_are_denied() {
    let target = target().await;
    let addr = target.addr().to_string();
    let app = App::with(&allowing("http://{{ target }}:1"), |config| config.variable("target", "127.0.0.1")).await;
    for url in [format!("http://{addr}/hello"), "https://example.com/".to_owned()] {
        let reply = app.post("/outbound", &url).await;
        assert_eq!((reply.status, reply.body.as_str()), (409, "ErrorCode::HttpRequestDenied"), "{url}");
    }
    assert!(target.running.observer().requests().is_empty());
}

#[tokio::test]
async fn without_entries_everything_is_denied() {
    let target = target().await;
    let app = App::start().await;
    let reply = app.post("/outbound", &format!("http://{}/hello", target.addr())).await;
    assert_eq!(reply.body, "ErrorCode::HttpRequestDenied");
}

#[tokio::test]
async fn a_host_that_is_down_is_an_error_of_the_request() {
    let app = App::with(&allowing("http://{{ target }}"), |config| config.variable("target", "127.0.0.1:1")).await;
    let reply = app.post("/outbound", "http://127.0.0.1:1/").await;
    assert_eq!((reply.status, reply.body.as_str()), (409, "ErrorCode::ConnectionRefused"));
}
