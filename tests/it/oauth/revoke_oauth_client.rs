use latchkey_testkit::{TestApp, json};

use super::{NO_CLIENT, ask, make, oauth_error, revoke};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_client_gets_no_more_tokens_from_any_process() {
    let app = TestApp::start().await;
    let second = app.second_process().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, secret) = make(&ada, &org, &["org.read"]).await;
    let there = ada.clone().at(second.addr());
    ask(&there, &client, &secret).await.expect_status(200);
    revoke(&ada, &org, &client).await.expect_status(204);
    for caller in [&ada, &there] {
        assert_eq!(oauth_error(&ask(caller, &client, &secret).await, 401), "invalid_client");
    }
    revoke(&ada, &org, &client).await.expect_status(204);
    assert_eq!(ada.event_types(&org).await[2..], ["oauth_client.created", "oauth_client.revoked"]);
    drop(second);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_who_manage_clients_revoke_them() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (viewer, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let (client, _) = make(&ada, &org, &["org.read"]).await;
    revoke(&viewer, &org, &client).await.expect_problem(403, "forbidden");
    revoke(&app.sign_in("eve@example.com").await, &org, &client).await.expect_problem(404, "not_found");
    revoke(&ada, &org, NO_CLIENT).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organizations_clients_end_with_it_and_not_with_their_maker() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, member) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (client, secret) = make(&admin, &org, &["org.read"]).await;
    ada.delete(&format!("/v1/orgs/{org}/members/{member}"), json!({})).await.expect_status(200);
    ask(&ada, &client, &secret).await.expect_status(200);
    ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(204);
    assert_eq!(oauth_error(&ask(&ada, &client, &secret).await, 401), "invalid_client");
    assert_eq!(app.count("SELECT count(*) FROM oauth_client WHERE status = 'revoked'"), 1);
    app.finish().await;
}
