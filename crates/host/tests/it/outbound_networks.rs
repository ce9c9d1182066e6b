//! Networks that the operator blocks.

use crate::receiver::Receiver;
use crate::support::{problems_with, under};

fn blocking(entries: &str) -> String {
    format!("[outbound_networking]\nblock_networks = [{entries}]\n")
}

#[tokio::test]
async fn an_address_is_judged_however_it_is_written() {
    let receiver = Receiver::start().await;
    let port = receiver.addr.port();
    for entries in ["'private'", "'127.0.0.0/8', '::1/128', '0.0.0.0/8', '::/128'"] {
        let app = under(&blocking(entries), &[]).await;
        for host in [
            "127.0.0.1",
            "localhost",
            "LOCALHOST",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::127.0.0.1]",
            "127.1",
            "0x7f.0.0.1",
            "2130706433",
            "0.0.0.0",
            "[::]",
        ] {
            let reply = app.post("/outbound", &format!("http://{host}:{port}/hello")).await;
            assert_eq!((reply.status, reply.body.as_str()), (409, "ErrorCode::DestinationIpProhibited"), "{host}");
        }
    }
    assert_eq!(receiver.accepted(), 0);
}

#[tokio::test]
async fn what_is_not_blocked_is_reached() {
    let receiver = Receiver::start().await;
    let port = receiver.addr.port();
    // A name may have blocked addresses besides others.
    for entries in ["", "'10.0.0.0/8', '127.0.0.2/32'", "'::1/128'"] {
        let app = under(&blocking(entries), &[]).await;
        for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
            let reply = app.post("/outbound", &format!("http://{host}:{port}/hello")).await;
            assert_eq!((reply.status, reply.body.as_str()), (200, "hello"), "{entries}: {host}");
        }
    }
}

#[tokio::test]
async fn a_wrong_file_is_refused_at_start() {
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("runtime.toml");
    std::fs::write(&file, "[outbound_networking]\nblock_networks = ['lan']\nsurprise = 1\n[llm_compute]\n").unwrap();
    let problems = problems_with(crate::support::MANIFEST, |config| config.runtime_config(&file)).await;
    assert_eq!(problems.len(), 3, "{problems:#?}");
    for named in ["`lan`", "`outbound_networking.surprise`", "`llm_compute`"] {
        assert!(problems.iter().any(|problem| problem.contains(named)), "{named} is not in {problems:#?}");
    }
    assert!(problems.iter().all(|problem| problem.contains("runtime.toml")), "{problems:#?}");

    let (_dir, config) = crate::support::configure(crate::support::MANIFEST);
    let error = latchkey_host::start(config.runtime_config(dir.path().join("missing.toml"))).await.unwrap_err();
    assert!(error.to_string().contains("missing.toml"), "{error}");
}
