//! More at once than there is room for.

use std::time::Duration;

use latchkey_testkit::{TestApp, json};
use tokio::task::JoinSet;

/// Reads and changes from more connections than a component takes requests: those that find no room wait their turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_hundred_connections_at_once_are_all_answered() {
    const CONNECTIONS: usize = 600;
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    // Another process, because the connections' two ends may be more than one process may have open.
    let host = app.second_process().await;
    let mut requests = JoinSet::new();
    for n in 0..CONNECTIONS {
        let ada = ada.clone().at(host.addr());
        let (path, invitations) = (format!("/v1/orgs/{org}"), format!("/v1/orgs/{org}/invitations"));
        let body = json!({"email": format!("new{n}@example.com"), "role": "viewer"});
        requests.spawn(async move {
            let (answer, status) = match n % 4 {
                0 => (ada.post(&invitations, body).await, 201),
                1 => (ada.get("/v1/me").await, 200),
                2 => (ada.get("/").await, 200),
                _ => (ada.get(&path).await, 200),
            };
            answer.expect_status(status);
        });
    }
    let answered = tokio::time::timeout(Duration::from_secs(60), requests.join_all()).await;
    assert_eq!(answered.expect("nobody waits forever").len(), CONNECTIONS);
    assert_eq!(app.count("SELECT pending_count FROM org"), CONNECTIONS as i64 / 4);
    drop(host);
    app.finish().await;
}
