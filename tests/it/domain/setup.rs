//! `docs/domains.md`, followed from scratch.

use latchkey_testkit::{TestApp, Value, json};

use super::organization;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_setup_page_works_as_it_is_written() {
    let page = include_str!("../../../docs/domains.md");
    for step in
        ["POST /v1/orgs/{org}/domains", "_latchkey-challenge.acme.example", "latchkey-verification=", "`dns_resolver`"]
    {
        assert!(page.contains(step), "the page does not speak of {step}");
    }
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "portal").await;
    let body = json!({"domain": "acme.example", "auto_join": "automatic"});
    assert!(page.contains(r#"{"domain": "acme.example", "auto_join": "automatic"}"#));
    let claimed = ada.post(&format!("/v1/orgs/{org}/domains"), body).await.expect_status(201);
    app.resolver().set(&claimed.text_at("/record/name"), &[&claimed.text_at("/record/value")]);
    let path = format!("/v1/orgs/{org}/domains/{}/verify", claimed.text_at("/id"));
    assert_eq!(ada.post(&path, Value::Null).await.expect_status(200).text_at("/status"), "verified");
    let grace = app.sign_in("grace@acme.example").await;
    grace.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    app.finish().await;
}
