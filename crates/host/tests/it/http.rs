//! Requests and responses: routes, Spin's headers, bodies, and how they leave.

use crate::support::{App, parse, request};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ROUTES: &str = r#"
spin_manifest_version = 2
application.name = "routes"
trigger.http = [
  { route = "/...", component = "rest" },
  { route = "/v1/orgs", component = "exact" },
  { route = "/v1/orgs/:org_id", component = "parameter" },
  { route = "/v1/...", component = "prefix" },
]
component.rest = { source = "PROBE" }
component.exact = { source = "PROBE" }
component.parameter = { source = "PROBE" }
component.prefix = { source = "PROBE" }
"#;

#[tokio::test]
async fn the_most_specific_route_wins() {
    let app = App::with(ROUTES, |config| config).await;
    for (path, component) in [
        ("/", "rest"),
        ("/v1/orgs", "exact"),
        ("/v1/orgs/", "exact"),
        ("/v1/orgs/o1?x=/v1", "parameter"),
        ("/v1/me", "prefix"),
    ] {
        assert_eq!(app.get(path).await.status, 200);
        assert_eq!(app.running.observer().drain()[0].component, component, "{path}");
    }
}

#[tokio::test]
async fn paths_without_a_route_are_not_found() {
    let app = App::with(
        "spin_manifest_version = 2\napplication.name = \"a\"\ncomponent.a = { source = \"PROBE\" }\n\
         trigger.http = [{ route = \"/a\", component = \"a\" }]",
        |config| config,
    )
    .await;
    assert_eq!(app.get("/a").await.status, 200);
    assert_eq!(app.get("/b").await.status, 404);
    assert_eq!(app.get("/").await.status, 404);
    assert_eq!(app.running.observer().requests()[1].route, "-");
}

#[tokio::test]
async fn spins_headers_come_after_the_clients() {
    let app = App::with(&ROUTES.replace("/v1/orgs/:org_id", "/:org_id/..."), |config| config).await;
    let forged = "spin-client-addr: 192.0.2.1:1\r\nspin-full-url: https://forged.example/\r\n";
    let text = request(app.addr(), "GET", "/headers/", forged, b"").await.body;
    // The probe answers `/headers`; its route is the parameter's, with the wildcard matching nothing but the last
    // slash.
    let values = |name: &str| -> Vec<String> {
        text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned)).collect()
    };
    assert_eq!(values("spin-full-url"), ["https://forged.example/", "http://probe.example/headers/"]);
    let client = values("spin-client-addr");
    assert_eq!(client[0], "192.0.2.1:1");
    assert!(client[1].starts_with("127.0.0.1:"), "{client:?}");
    assert_eq!(values("spin-path-info"), ["/"]);
    assert_eq!(values("spin-matched-route"), ["/:org_id/..."]);
    assert_eq!(values("spin-raw-component-route"), ["/:org_id/..."]);
    assert_eq!(values("spin-component-route"), ["/:org_id"]);
    assert_eq!(values("spin-base-path"), ["/"]);
    assert_eq!(values("spin-path-match-org-id"), ["headers"]);
}

#[tokio::test]
async fn the_address_is_the_clients() {
    let app = App::start().await;
    assert_eq!(app.get("/authority?x=%2F").await.body, "http://probe.example/authority?x=%2F");
}

#[tokio::test]
async fn a_mebibyte_passes_both_ways() {
    let app = App::start().await;
    let body = "0123456789abcdef".repeat(1 << 16);
    let reply = app.post("/echo", &body).await;
    assert_eq!(reply.body.len(), 1 << 20);
    assert!(reply.body == body);
    assert!(reply.head.contains("content-length: 1048576"), "{}", reply.head);
}

#[tokio::test]
async fn health() {
    let app = App::start().await;
    let reply = app.get("/.well-known/spin/health").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "OK"));
    assert_eq!(app.get("/.well-known/spin/nothing").await.status, 404);
}

#[tokio::test]
async fn a_bad_host_header_is_refused() {
    let app = App::start().await;
    let mut stream = TcpStream::connect(app.addr()).await.unwrap();
    stream.write_all(b"GET /hello HTTP/1.1\r\nhost: a b/c\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(parse(&bytes).status, 400);
}

#[tokio::test]
async fn the_last_of_equal_headers_counts() {
    let app = App::start().await;
    let text = request(app.addr(), "GET", "/headers", "x-a: 1\r\nx-b: 2\r\nx-a: 3\r\n", b"").await.body;
    let own: Vec<&str> = text.lines().filter(|line| line.starts_with("x-")).collect();
    assert_eq!(own.len(), 2, "{text}");
    assert!(own.contains(&"x-a: 3") && own.contains(&"x-b: 2"), "{text}");
}

/// Where the head leaves alone, Nagle's algorithm holds the body back until the client's delayed acknowledgement. The
/// host waits for the beginning of the body, whether the component writes it before it returns or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_responses_leave_in_one_segment() {
    let app = App::start().await;
    for path in ["/hello", "/unyielding"] {
        let mut split = 0;
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
        for _ in 0..3 {
            // Another connection may live on another thread.
            let mut stream = TcpStream::connect(app.addr()).await.unwrap();
            for _ in 0..100 {
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut buffer = vec![0; 4096];
                let mut read = stream.read(&mut buffer).await.unwrap();
                split += u32::from(parse(&buffer[..read]).body.is_empty());
                while parse(&buffer[..read]).body.is_empty() {
                    read += stream.read(&mut buffer[read..]).await.unwrap();
                }
                assert_eq!(parse(&buffer[..read]).body, format!("hello from {path}"));
            }
        }
        // A machine that is busy with something else may stop the instance for longer than the host waits.
        assert!(split <= 3, "{path}: {split} of 300");
    }
}

#[tokio::test]
async fn a_body_that_is_late_does_not_keep_its_head_waiting() {
    let app = App::start().await;
    let mut stream = TcpStream::connect(app.addr()).await.unwrap();
    stream.write_all(b"GET /late-body/700 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut bytes = vec![0; 4096];
    let head = stream.read(&mut bytes).await.unwrap();
    assert_eq!((parse(&bytes[..head]).status, parse(&bytes[..head]).body.as_str()), (200, ""));
    bytes.truncate(head);
    stream.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(parse(&bytes).body, "better late");
}
