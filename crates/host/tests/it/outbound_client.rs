//! How outgoing requests travel: their connections, their time, and what goes wrong with them.

use crate::receiver::Receiver;
use crate::support::{App, under};
use std::time::{Duration, Instant};

async fn app() -> App {
    under("", &[]).await
}

#[tokio::test]
async fn a_request_arrives_as_it_was_made() {
    let (app, receiver) = (app().await, Receiver::start().await);
    assert_eq!(app.post("/outbound", &receiver.url("/hello?x=%2F&y")).await.body, "hello");
    assert_eq!(app.post("/outbound/post", &receiver.url("/chunked")).await.body, "hello");
    let requests = receiver.requests();
    assert!(requests[0].starts_with("GET /hello?x=%2F&y HTTP/1.1\r\n"), "{requests:?}");
    assert!(requests[0].to_ascii_lowercase().contains(&format!("\r\nhost: {}\r\n", receiver.addr)), "{requests:?}");
    assert!(requests[1].starts_with("POST /chunked ") && requests[1].contains("sent by the probe"), "{requests:?}");
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let (app, receiver) = (app().await, Receiver::start().await);
    for n in 0..60 {
        let (path, status, body) = [("/hello", 200, "hello"), ("/chunked", 200, "hello"), ("/empty", 204, "")][n % 3];
        let route = if n % 2 == 0 { "/outbound" } else { "/outbound/post" };
        let reply = app.post(route, &receiver.url(path)).await;
        assert_eq!((reply.status, reply.body.as_str()), (status, body), "{path}");
    }
    // A machine that is busy with something else may keep a connection from being ready in time.
    assert!(receiver.accepted() <= 3, "{} connections", receiver.accepted());
}

#[tokio::test]
async fn some_idle_connections_are_kept_for_a_while() {
    let (app, receiver) = (std::sync::Arc::new(app().await), Receiver::start().await);
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (app, url) = (app.clone(), receiver.url("/slow"));
        asking.spawn(async move { app.post("/outbound", &url).await.body });
    }
    assert!(asking.join_all().await.iter().all(|body| body == "hello"));
    receiver.until("at most 16 are kept", |receiver| receiver.open() <= 16).await;
    let accepted = receiver.accepted();
    assert_eq!(app.post("/outbound", &receiver.url("/hello")).await.body, "hello");
    assert!(receiver.accepted() <= accepted + 1, "{accepted} connections, then {}", receiver.accepted());
    receiver.until("none is kept for ever", |receiver| receiver.open() == 0).await;
    assert_eq!(app.post("/outbound", &receiver.url("/hello")).await.body, "hello");
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_no_error() {
    let (app, receiver) = (app().await, Receiver::start().await);
    for path in ["/last", "/leaving"] {
        for _ in 0..5 {
            assert_eq!(app.post("/outbound", &receiver.url(path)).await.body, "hello");
            receiver.until("it is closed", |receiver| receiver.open() == 0).await;
            // The other side has to hear of it.
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(app.post("/outbound/post", &receiver.url("/hello")).await.body, "hello", "after {path}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_given_back() {
    let (app, receiver) = (app().await, Receiver::start().await);
    let reply = app.post("/outbound", &receiver.url("/redirect")).await;
    assert_eq!((reply.status, reply.body.as_str()), (302, "/hello"));
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn a_receiver_that_is_silent_is_not_waited_for() {
    let (app, receiver) = (app().await, Receiver::start().await);
    for path in ["/silent", "/stalling"] {
        let begun = Instant::now();
        let reply = app.post("/outbound/within/200", &receiver.url(path)).await;
        assert_eq!((reply.status, reply.body.as_str()), (409, "ErrorCode::ConnectionReadTimeout"), "{path}");
        assert!(begun.elapsed() >= Duration::from_millis(200), "{path}: {:?}", begun.elapsed());
        assert!(begun.elapsed() < Duration::from_secs(5), "{path}: {:?}", begun.elapsed());
        receiver.until("it is hung up on", |receiver| receiver.open() == 0).await;
    }
    assert_eq!(app.post("/outbound/within/5000", &receiver.url("/hello")).await.body, "hello");
}

/// A full backlog takes no more connections, and does not say so either.
#[tokio::test]
async fn a_connection_that_is_not_accepted_is_not_waited_for() {
    let app = app().await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let addr = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(100), tokio::net::TcpStream::connect(addr)).await
    {
        waiting.push(stream);
    }
    let reply = app.post("/outbound/within/200", &format!("http://{addr}/")).await;
    assert_eq!(reply.body, "ErrorCode::ConnectionTimeout");
}

#[tokio::test]
async fn what_goes_wrong_has_its_name() {
    let (app, receiver) = (app().await, Receiver::start().await);
    for (path, error) in [
        ("/broken", "ErrorCode::ConnectionTerminated"),
        ("/half", "ErrorCode::HttpResponseIncomplete"),
        ("/nonsense", "ErrorCode::HttpProtocolError"),
    ] {
        for route in ["/outbound", "/outbound/post"] {
            let before = receiver.requests().len();
            // Also on a connection that has been used before.
            assert_eq!(app.post("/outbound", &receiver.url("/hello")).await.body, "hello");
            assert_eq!(app.post(route, &receiver.url(path)).await.body, error, "{path}");
            assert_eq!(receiver.requests().len(), before + 2, "a request that may have been heard is sent once");
        }
    }
    let reply = app.post("/outbound", "http://nowhere.invalid/").await;
    assert!(reply.body.starts_with("ErrorCode::DnsError"), "{}", reply.body);
}

/// On several threads, so that what happens in the instance and on the connection happens in any order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_breaks_off_with_its_component() {
    for path in ["swallow", "early"] {
        let (app, receiver) = (app().await, Receiver::start().await);
        let reply = app.post(&format!("/outbound/trapping/{path}"), &receiver.addr.to_string()).await;
        assert_eq!(reply.status, 500, "{path}");
        receiver.until("it is told so", |receiver| receiver.accepted() == 1 && receiver.open() == 0).await;
        let requests = receiver.requests().concat();
        assert!(requests.contains("the beginning"), "{path}: {requests}");
        assert!(!requests.ends_with("0\r\n\r\n"), "{path}: taken for complete: {requests}");
    }
}
