use latchkey_testkit::{TestApp, json};

use super::{NO_CLIENT, ask, clients, make, revoke};
use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_takes_another_name_and_keeps_its_secret() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, secret) = make(&ada, &org, &["org.read"]).await;
    let path = format!("{}/{client}", clients(&org));
    let renamed = ada.patch(&path, json!({"name": " Hourly export "})).await.expect_status(200);
    assert_eq!(renamed.text_at("/name"), "Hourly export");
    ada.patch(&path, json!({"name": "Hourly export"})).await.expect_status(200);
    assert_eq!(ada.event_types(&org).await[2..], ["oauth_client.created", "oauth_client.renamed"]);
    let log = ada.audit(&org).await;
    assert_eq!(log[3]["data"], json!({"name": "Hourly export", "was": "Nightly export"}));
    assert_eq!(log[3]["target"], json!({"type": "oauth_client", "id": client}));
    ask(&ada, &client, &secret).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_ended_or_is_somebody_elses_keeps_its_name() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (viewer, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let (client, _) = make(&ada, &org, &["org.read"]).await;
    let (path, body) = (format!("{}/{client}", clients(&org)), json!({"name": "b"}));
    viewer.patch(&path, body.clone()).await.expect_problem(403, "forbidden");
    ada.patch(&format!("{}/{NO_CLIENT}", clients(&org)), body.clone()).await.expect_problem(404, "not_found");
    let wrong = ada.patch(&path, json!({"name": "a\nb", "scopes": ["org.read"]})).await;
    assert_eq!(wrong_fields(wrong), ["name invalid", "scopes unknown"]);
    revoke(&ada, &org, &client).await.expect_status(204);
    ada.patch(&path, body).await.expect_problem(409, "client_revoked");
    app.finish().await;
}
