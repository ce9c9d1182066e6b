use latchkey_testkit::{TestApp, Value};

use super::{claim, domain_of, domains, join, organization, verified, verify};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_is_given_up_lets_nobody_in_and_can_be_claimed_again() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let id = verified(&app, &ada, &org, "acme.example", "ask").await;
    let path = format!("{}/{id}", domains(&org));
    for _ in 0..2 {
        ada.delete(&path, Value::Null).await.expect_status(204);
    }
    assert_eq!(ada.event_types(&org).await.iter().filter(|kind| *kind == "domain.released").count(), 1);
    let shown = domain_of(&ada, &org, &id).await;
    assert!(shown["status"] == "released" && shown["auto_join"] == "off" && shown["ended_at"].is_string());
    verify(&ada, &org, &id).await.expect_problem(404, "not_found");
    let grace = app.sign_in("grace@acme.example").await;
    join(&grace, &org).await.expect_problem(404, "not_found");
    let again = claim(&app, &ada, &org, "acme.example", "off").await;
    assert_ne!(again, id);
    verify(&ada, &org, &again).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn domains_go_with_their_organization() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    verified(&app, &ada, &org, "acme.example", "ask").await;
    let grace = app.sign_in("grace@acme.example").await;
    join(&grace, &org).await.expect_status(200);
    ada.delete(&format!("/v1/orgs/{org}"), latchkey_testkit::json!({"name": "Acme"})).await.expect_status(204);
    join(&grace, &org).await.expect_problem(404, "not_found");
    let beta = ada.create_org("Beta").await;
    verified(&app, &ada, &beta, "acme.example", "off").await;
    app.finish().await;
}
