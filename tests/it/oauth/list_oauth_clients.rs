use latchkey_testkit::{TestApp, json};

use super::{clients, make, revoke};
use crate::support::{pages, texts, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_hold_every_client_once_the_newest_first_and_no_secret() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let mut made = Vec::new();
    for n in 0..5 {
        let (id, _) = make(&ada, &org, &["org.read"]).await;
        if n % 2 == 0 {
            revoke(&ada, &org, &id).await.expect_status(204);
        }
        made.insert(0, id);
    }
    let listed = pages(&ada, &clients(&org), 2).await;
    assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(texts(&listed.concat(), "id"), made);
    assert!(listed.concat().iter().all(|client| client["client_secret"].is_null()));
    for (status, expected) in [("revoked", [2, 1].as_slice()), ("active", &[2])] {
        let listed = pages(&ada, &format!("{}?status={status}", clients(&org)), 2).await;
        assert_eq!(listed.iter().map(Vec::len).collect::<Vec<_>>(), expected);
        assert!(listed.concat().iter().all(|client| client["status"] == status));
    }
    let wrong = ada.get(&format!("{}?status=open&limit=0", clients(&org))).await;
    assert_eq!(wrong_fields(wrong), ["status not_allowed", "limit out_of_range"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_not_manage_clients_sees_none() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let refused = viewer.get(&clients(&org)).await.expect_problem(403, "forbidden");
    assert_eq!(refused.json()["permission"], json!("oauth_client.manage"));
    app.sign_in("eve@example.com").await.get(&clients(&org)).await.expect_problem(404, "not_found");
    app.anyone().get(&clients(&org)).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
