use latchkey_testkit::{TestApp, Value, json};

use super::{NO_CLIENT, clients, make, revoke};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_is_read_as_it_stands_without_its_secret() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, _) = make(&ada, &org, &["org.read"]).await;
    let path = format!("{}/{client}", clients(&org));
    let read = ada.get(&path).await.expect_status(200).json();
    assert_eq!((&read["status"], &read["client_secret"]), (&json!("active"), &Value::Null));
    assert_eq!((&read["scopes"], &read["permissions"]), (&json!(["org.read"]), &json!(["org.read"])));
    revoke(&ada, &org, &client).await.expect_status(204);
    let read = ada.get(&path).await.expect_status(200).json();
    assert_eq!((&read["status"], &read["permissions"]), (&json!("revoked"), &json!([])));
    assert!(read["ended_at"].is_string());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_are_for_those_who_manage_them() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada@example.com").await, app.sign_in("eve@example.com").await);
    let (org, elsewhere) = (ada.create_org("Acme").await, eve.create_org("Elsewhere").await);
    let (client, _) = make(&ada, &org, &["org.read"]).await;
    let (viewer, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let path = format!("{}/{client}", clients(&org));
    viewer.get(&path).await.expect_problem(403, "forbidden");
    eve.get(&path).await.expect_problem(404, "not_found");
    eve.get(&format!("{}/{client}", clients(&elsewhere))).await.expect_problem(404, "not_found");
    ada.get(&format!("{}/{NO_CLIENT}", clients(&org))).await.expect_problem(404, "not_found");
    ada.get(&format!("{}/x", clients(&org))).await.expect_problem(404, "not_found");
    app.finish().await;
}
