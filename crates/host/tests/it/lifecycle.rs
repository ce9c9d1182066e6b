//! Components that trap, loop or take too long, and the application's end.

use crate::support::{App, MANIFEST, request};
use latchkey_host::Limits;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

fn limited(request_timeout: Duration) -> Limits {
    Limits { request_timeout, compute_timeout: Duration::from_millis(300), ..Default::default() }
}

#[tokio::test]
async fn a_trap_is_a_500_and_the_next_request_is_served() {
    let app = App::start().await;
    for _ in 0..3 {
        let reply = app.get("/trap").await;
        assert_eq!(reply.status, 500);
        assert!(reply.head.contains("content-type: text/plain"), "{}", reply.head);
        assert!(!reply.body.contains("wasm"), "{}", reply.body);
        assert_eq!(app.get("/hello").await.status, 200);
    }
}

#[tokio::test]
async fn what_is_printed_does_not_disturb() {
    let app = App::start().await;
    assert_eq!(app.get("/print").await.body, "printed");
}

/// On one thread, so that only the interruption of the looping component can let others have it. A loop that begins
/// after the component has waited is the worse one: the instance looks as if it could take more requests.
#[tokio::test]
async fn a_looping_component_is_interrupted_and_ended() {
    for path in ["/loop/0", "/loop/50"] {
        let app = App::with(MANIFEST, |config| config.limits(limited(Duration::from_secs(5)))).await;
        let begun = Instant::now();
        let looping = tokio::spawn(request(app.addr(), "GET", path, "", b""));
        tokio::time::sleep(Duration::from_millis(100)).await;
        let health = app.get("/.well-known/spin/health").await;
        assert_eq!(health.status, 200);
        assert!(begun.elapsed() < Duration::from_millis(300), "{path}: {:?}", begun.elapsed());
        assert_eq!(app.get("/hello").await.status, 200);
        assert_eq!(looping.await.unwrap().status, 500);
        assert!(begun.elapsed() < Duration::from_secs(3), "{path}: {:?}", begun.elapsed());
        app.running.shutdown().await;
    }
}

/// A body that goes on being taken may last longer than a request, and compute more than one, may.
#[tokio::test]
async fn a_streamed_body_is_whole_or_breaks_off() {
    let limits = Limits {
        request_timeout: Duration::from_millis(300),
        compute_timeout: Duration::from_millis(300),
        ..Default::default()
    };
    let app = App::with(MANIFEST, |config| config.limits(limits)).await;
    let whole = |reply: &crate::support::Reply| reply.body.ends_with("0\r\n\r\n");
    for how in ["complete", "computing"] {
        let reply = app.get(&format!("/streamed/{how}")).await;
        assert!(reply.head.contains("transfer-encoding: chunked") && whole(&reply), "{how}: {}", reply.body);
        assert_eq!(reply.body.matches("piece").count(), 30, "{how}");
    }
    for how in ["failing", "trapping"] {
        let reply = app.get(&format!("/streamed/{how}")).await;
        assert!(reply.status == 200 && !whole(&reply), "{how}: {}", reply.body);
        assert_eq!(app.get("/hello").await.status, 200);
    }
}

#[tokio::test]
async fn a_slow_request_times_out_alone() {
    let app = App::with(MANIFEST, |config| config.limits(limited(Duration::from_millis(400)))).await;
    let (slow, quick) = tokio::join!(app.get("/sleep/5000"), app.get("/sleep/100"));
    assert_eq!((slow.status, quick.status), (504, 200));
    assert_eq!(app.get("/hello").await.status, 200);
}

#[tokio::test]
async fn requests_run_side_by_side() {
    let app = App::start().await;
    let begun = Instant::now();
    let mut sleeping = tokio::task::JoinSet::new();
    for _ in 0..100 {
        sleeping.spawn(request(app.addr(), "GET", "/sleep/100", "", b""));
    }
    while let Some(reply) = sleeping.join_next().await {
        assert_eq!(reply.unwrap().status, 200);
    }
    // Two rounds of at most 64 requests.
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_outlive_many_instances() {
    let app = App::with(MANIFEST, |config| {
        config.limits(Limits { requests_per_instance: 3, concurrent_requests_per_instance: 2, ..Default::default() })
    })
    .await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..200 {
        asking.spawn(request(app.addr(), "POST", "/sql/default", "", b"SELECT 1"));
    }
    while let Some(reply) = asking.join_next().await {
        assert_eq!(reply.unwrap().status, 200);
    }
}

#[tokio::test]
async fn shutdown_lets_requests_finish_and_refuses_new_ones() {
    let app = App::start().await;
    let addr = app.addr();
    let slow = tokio::spawn(request(addr, "GET", "/sleep/300", "", b""));
    let idle = TcpStream::connect(addr).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    app.running.shutdown().await;
    assert!(begun.elapsed() >= Duration::from_millis(150), "{:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(slow.await.unwrap().body, "slept");
    assert!(TcpStream::connect(addr).await.is_err());
    drop(idle);
}

#[tokio::test]
async fn shutdown_is_bounded() {
    let app = App::with(MANIFEST, |config| {
        config.limits(Limits { shutdown_timeout: Duration::from_millis(200), ..Default::default() })
    })
    .await;
    let addr = app.addr();
    let hanging = tokio::spawn(async move { TcpStream::connect(addr).await });
    let slow = tokio::spawn(request(addr, "GET", "/sleep/10000", "", b""));
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    app.running.shutdown().await;
    assert!(begun.elapsed() < Duration::from_millis(1000), "{:?}", begun.elapsed());
    // Whether the apology still gets through is a matter of luck.
    assert!(slow.await.map_or(true, |reply| reply.status == 503));
    drop(hanging);
}

#[tokio::test]
async fn state_outlives_the_application() {
    let app = App::start().await;
    app.sql("CREATE TABLE t (id)").await;
    let dir = app.dir;
    app.running.shutdown().await;
    let config = latchkey_host::Config::new(dir.path().join("spin.toml")).state_dir(dir.path().join("state"));
    let running = latchkey_host::start(config.ignore_environment().quiet()).await.unwrap();
    let app = App { running, dir };
    app.sql("SELECT * FROM t").await;
}
