//! Small responses leave in one segment. The host leaves Nagle's algorithm on, as Spin does: a head that leaves before
//! its body costs the client some 40 ms on a connection that is kept.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use latchkey_testkit::TestApp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CONNECTIONS: usize = 4;
const REQUESTS: usize = 150;

/// Of the responses to one path, how many may take more than one read. A machine that is busy with something else may
/// stop the host for longer than a head waits for its body, which is rare. Without that wait, heads leave by themselves
/// whenever the connection's thread is faster than the instance's: in spells, and then in every third response.
const SPLIT_MAX: usize = CONNECTIONS * REQUESTS / 100;

/// Sends requests one after the other on one connection, and counts the responses that do not come whole in their first
/// read. Also answers how long each took. The next request is not sent before the last response is whole, so a read never holds two of them.
async fn keep_asking(addr: SocketAddr, request: &str) -> (usize, Vec<Duration>) {
    let mut stream = TcpStream::connect(addr).await.expect("a connection");
    let (mut split, mut times) = (0, Vec::new());
    for _ in 0..REQUESTS {
        let started = Instant::now();
        stream.write_all(request.as_bytes()).await.expect("the request is sent");
        let mut buffer = vec![0; 64 * 1024];
        let mut read = stream.read(&mut buffer).await.expect("a response");
        if !is_whole(&buffer[..read]) {
            split += 1;
        }
        while !is_whole(&buffer[..read]) {
            let more = stream.read(&mut buffer[read..]).await.expect("the rest");
            assert!(more > 0, "the connection is gone");
            read += more;
        }
        times.push(started.elapsed());
    }
    (split, times)
}

/// Whether these are a head and as many bytes as it announces.
fn is_whole(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).expect("text");
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.unwrap_or_else(|| panic!("no length: {head}")).parse().expect("a number");
    assert!(body.len() <= length, "more than announced: {text}");
    body.len() == length
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_responses_are_whole_in_their_first_segment() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    // Another process, as in earnest: this one's threads are busy with reading.
    let host = app.second_process().await;
    let org = format!("/v1/orgs/{org}");
    for path in ["/", "/v1/me", &org, &format!("{org}/audit"), "/nowhere"] {
        let token = ada.token();
        let request = format!("GET {path} HTTP/1.1\r\nhost: latchkey.test\r\nauthorization: Bearer {token}\r\n\r\n");
        let (mut split, mut times) = (0, Vec::new());
        for _ in 0..CONNECTIONS {
            let (split_here, times_here) = keep_asking(host.addr(), &request).await;
            split += split_here;
            times.extend(times_here);
        }
        times.sort();
        let p99 = times[times.len() * 99 / 100];
        println!("{path}: {split} of {} split, p99 {p99:?}", times.len());
        assert!(split <= SPLIT_MAX, "{path}: {split} of {} responses were split, p99 {p99:?}", times.len());
    }
    drop(host);
    app.finish().await;
}
