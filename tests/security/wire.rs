//! Requests that no client library would send, byte by byte.

use std::time::Duration;

use latchkey_testkit::TestApp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How long an answer, or the end of a request, is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.url().trim_start_matches("http://")).await.expect("a connection")
}

/// Sends these bytes, and reads what comes back until the service hangs up.
async fn send(app: &TestApp, bytes: &[u8]) -> String {
    let mut stream = connect(app).await;
    // The service may hang up before it has heard everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the service hangs up in time");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends these bytes and is gone.
async fn send_and_leave(app: &TestApp, bytes: &[u8]) {
    let mut stream = connect(app).await;
    stream.write_all(bytes).await.expect("the bytes leave");
    stream.shutdown().await.expect("an end");
    let _ = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await.expect("an end in time");
}

/// Waits until the host is through with the only request of this test id.
async fn finished(app: &TestApp, test_id: &str) {
    let through = async {
        while !app.observer().requests_of(test_id).iter().any(|record| record.duration.is_some()) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, through).await.expect("the request ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_broke_off_is_no_request() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let token = ada.token();
    let head = |id: &str, framing: &str| {
        format!(
            "POST /v1/orgs HTTP/1.1\r\nhost: latchkey.test\r\nx-test-id: {id}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\n{framing}\r\n\r\n"
        )
    };
    // Whole JSON, but not the whole body: what was still to come could have said something else.
    let short = head("short", "content-length: 100") + r#"{"name": "Half"}"#;
    let unended = head("unended", "transfer-encoding: chunked") + "10\r\n{\"name\": \"Half\"}\r\n";
    let broken = head("broken", "transfer-encoding: chunked") + "10\r\n{\"name\": \"Half\"}\r\nZZ\r\n";
    for (id, request) in [("short", short), ("unended", unended), ("broken", broken)] {
        send_and_leave(&app, request.as_bytes()).await;
        finished(&app, id).await;
        assert_eq!(app.count("SELECT count(*) FROM org"), 0, "{id}");
    }
    let whole = head("whole", "content-length: 16\r\nconnection: close") + r#"{"name": "Half"}"#;
    assert!(send(&app, whole.as_bytes()).await.starts_with("HTTP/1.1 201 "));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_cannot_hide_in_another() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let token = ada.token();
    let hidden =
        format!("GET /v1/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n");
    for framing in [
        "content-length: 4\r\ncontent-length: 0",
        "content-length: 0, 4",
        "content-length: +4",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: x",
    ] {
        let request = format!(
            "POST /v1/auth/email HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{framing}\r\n\r\n{hidden}"
        );
        let answer = send(&app, request.as_bytes()).await;
        assert!(!answer.contains("ada@example.com"), "{framing}: {answer}");
    }
    // Where both framings stand there, the chunks count, and what follows them is not read as a further request's body.
    let both = format!(
        "POST /v1/auth/email HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         transfer-encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
        hidden.len() + 5
    );
    let answer = send(&app, both.as_bytes()).await;
    assert!(!answer.contains("ada@example.com"), "{answer}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_headers_is_refused_and_the_next_request_answered() {
    let app = TestApp::start().await;
    let many: String = (0..500).map(|n| format!("x-{n}: a\r\n")).collect();
    let answer = send(&app, format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let long = "a".repeat(2 << 20);
    let answer = send(&app, format!("GET / HTTP/1.1\r\nhost: x\r\nx: {long}\r\n\r\n").as_bytes()).await;
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    app.anyone().get("/").await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_body_is_cut_off_at_the_limit() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for bytes in [64 * 1024 + 1, 4 << 20] {
        let request = ada.request("POST", "/v1/orgs").header("content-type", "application/json");
        match request.body(vec![b' '; bytes]).try_send().await {
            Ok(answer) => drop(answer.expect_problem(413, "body_too_large")),
            // The service has answered and hung up while the client was still sending.
            Err(reason) => assert!(bytes > 64 * 1024 + 1, "{reason}"),
        }
    }
    let nested = "[".repeat(30_000) + &"]".repeat(30_000);
    let request = ada.request("POST", "/v1/orgs").header("content-type", "application/json").body(nested);
    request.send().await.expect_problem(400, "not_json");
    ada.get("/v1/me").await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_never_finish_their_requests_keep_nobody_out() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    // More than one component handles at a time.
    let mut stalled = Vec::new();
    for _ in 0..80 {
        let mut stream = connect(&app).await;
        let begun =
            "POST /v1/auth/email HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-test-id: stalled\r\n";
        stream.write_all(format!("{begun}content-length: 100\r\n\r\n{{").as_bytes()).await.expect("the bytes leave");
        stalled.push(stream);
    }
    let arrived = async {
        while app.observer().requests_of("stalled").len() < stalled.len() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, arrived).await.expect("the requests arrive");
    timeout(PATIENCE, ada.get("/v1/me")).await.expect("an answer in time").expect_status(200);
    drop(stalled);
    app.finish().await;
}
