//! Requests of components to the outside.

use crate::support::{App, MANIFEST, problems_with, request};

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

#[tokio::test]
async fn a_component_of_the_application_is_reached_without_leaving_it() {
    let app =
        App::with(&format!("{MANIFEST}allowed_outbound_hosts = [\"http://probe.spin.internal\"]\n"), |config| config)
            .await;
    let reply = app.post("/outbound", "http://probe.spin.internal/hello").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "hello from /hello"));
    let reply = app.post("/outbound", "http://other.spin.internal/hello").await;
    assert_eq!(reply.body, "ErrorCode::HttpRequestDenied");
}

#[tokio::test]
async fn many_components_may_ask_each_other_at_once() {
    let app =
        App::with(&format!("{MANIFEST}allowed_outbound_hosts = [\"http://*.spin.internal\"]\n"), |config| config).await;
    let addr = app.addr();
    let asked = (0..200).map(|_| {
        tokio::spawn(async move { request(addr, "POST", "/outbound", "", b"http://probe.spin.internal/hello").await })
    });
    for asked in asked.collect::<Vec<_>>() {
        assert_eq!(asked.await.unwrap().status, 200);
    }
    let reply = app.post("/outbound", "http://nobody.spin.internal/hello").await;
    assert_eq!(reply.body, "ErrorCode::DestinationNotFound");
}

#[tokio::test]
async fn a_name_that_no_component_has_is_a_problem_of_the_manifest() {
    let manifest = format!("{MANIFEST}allowed_outbound_hosts = [\"http://nobody.spin.internal\"]\n");
    let problems = problems_with(&manifest, |config| config).await;
    assert!(problems.len() == 1 && problems[0].contains("names no component of this application"), "{problems:?}");
}
