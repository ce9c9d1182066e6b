//! Where messages may go, and by which way.

use latchkey_testkit::{Reaction, Receiver, TestApp, json};
use tempfile::TempDir;

use super::{app, make, tell, webhooks, willing};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_goes_over_tls_to_whom_the_runtime_trusts() {
    let (receiver, root) = Receiver::start_tls(|_, _| Reaction::status(204)).await;
    let folder = TempDir::new().expect("a temporary folder");
    std::fs::write(folder.path().join("root.pem"), root).expect("a file");
    let trusting = "[[client_tls]]\ncomponent_ids = ['dispatch']\nhosts = ['localhost']\nca_roots_file = 'root.pem'\n";
    for (runtime_config, expected) in [(trusting, (1, 0)), ("", (0, 1))] {
        let file = folder.path().join("runtime-config.toml");
        std::fs::write(&file, runtime_config).expect("a file");
        let configure = |config: latchkey_testkit::Config| {
            config.variable("dev_allow_private_targets", "true").runtime_config(file)
        };
        let app = TestApp::start_with(configure).await;
        let ada = app.sign_in("ada@example.com").await;
        let org = ada.create_org("Acme").await;
        let (webhook, _) = make(&ada, &org, json!({"url": receiver.https_url("/")})).await;
        ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
        assert_eq!(tell(&app).await, expected, "{runtime_config}");
        let path = format!("{}/{webhook}/deliveries", webhooks(&org));
        let delivery = ada.get(&path).await.expect_status(200).data().remove(0);
        let error = if expected.0 == 1 { json!(null) } else { json!("the certificate cannot be trusted") };
        assert_eq!(delivery["error"], error);
        app.finish().await;
    }
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_leads_into_a_private_network_is_stopped_by_the_documented_runtime_configuration() {
    let documented = include_str!("../../../docs/webhooks.md");
    let (_, rest) = documented.split_once("```toml\n").expect("the configuration");
    let (runtime_config, _) = rest.split_once("```").expect("its end");
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("runtime-config.toml");
    std::fs::write(&file, runtime_config).expect("a file");
    let receiver = willing().await;
    let configure =
        |config: latchkey_testkit::Config| config.variable("dev_allow_private_targets", "true").runtime_config(file);
    let app = TestApp::start_with(configure).await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let url = receiver.url("/").replace("127.0.0.1", "localhost");
    let (webhook, _) = make(&ada, &org, json!({ "url": url })).await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
    assert_eq!(tell(&app).await, (0, 1));
    let path = format!("{}/{webhook}/deliveries", webhooks(&org));
    let delivery = ada.get(&path).await.expect_status(200).data().remove(0);
    assert_eq!(delivery["error"], "the host has an address that this service may not reach");
    assert_eq!(receiver.connections(), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_into_another_network_is_not_followed() {
    let (app, elsewhere) = (app().await, willing().await);
    let target = elsewhere.url("/metadata");
    let receiver = Receiver::start(move |_, _| Reaction::Answer {
        status: 307,
        headers: vec![("location", target.clone())],
        body: String::new(),
    })
    .await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    make(&ada, &org, json!({"url": receiver.url("/")})).await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
    assert_eq!(tell(&app).await, (0, 1));
    assert_eq!((receiver.received().len(), elsewhere.connections()), (1, 0));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_was_allowed_once_is_judged_again_before_each_message() {
    let receiver = willing().await;
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (webhook, _) = make(&ada, &org, json!({"url": "https://hooks.example.com/"})).await;
    app.sql(&format!("UPDATE webhook SET url = '{}'", receiver.url("/")));
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
    assert_eq!(tell(&app).await, (0, 1));
    let path = format!("{}/{webhook}/deliveries", webhooks(&org));
    let delivery = ada.get(&path).await.expect_status(200).data().remove(0);
    assert_eq!((delivery["error"].as_str(), receiver.connections()), (Some("This must begin with https://."), 0));
    app.sql("UPDATE webhook SET url = 'https://hooks.example.com/'");
    app.finish().await;
}
