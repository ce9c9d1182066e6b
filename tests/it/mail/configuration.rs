//! A service that cannot send its mail says so, and does not look as if it could.

use latchkey_testkit::{DISPATCH_TOKEN, Reaction, Receiver, TestApp, Value, json};

use super::deliver;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_choice_only_development_runs() {
    let app = TestApp::start_with(|config| config.variable("dev_mode", "false")).await;
    let refused = app.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await;
    assert_eq!(refused.expect_status(500).json()["code"], "misconfigured");
    // Nobody is asked for a code that never comes.
    let refused = app.anyone().post("/v1/auth/email", json!({"email": "ada@example.com"})).await;
    assert_eq!(refused.expect_status(500).json()["code"], "misconfigured");
    assert_eq!(app.count("SELECT count(*) FROM outbox"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_without_its_key_or_a_sender_is_refused() {
    let app = TestApp::start_with(|config| config.variable("mail_provider", "resend")).await;
    let refused = app.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await;
    assert_eq!(refused.expect_status(500).json()["code"], "misconfigured");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn development_keeps_its_mail_in_the_mailbox_and_none_gives_it_up() {
    let app = TestApp::start().await;
    app.sign_in("ada@example.com").await;
    assert_eq!(deliver(&app).await, (1, 0));
    app.finish().await;

    let app = TestApp::start_with(|config| config.variable("mail_provider", "none")).await;
    app.sign_in("ada@example.com").await;
    assert_eq!(deliver(&app).await, (0, 1));
    assert_eq!(app.count("SELECT count(*) FROM outbox WHERE last_error = 'this service sends no mail'"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_is_written_in_the_language_of_the_deployment() {
    let receiver = Receiver::start(|_, _| Reaction::status(200)).await;
    let url = receiver.url("/");
    let app = TestApp::start_with(|config| {
        config
            .variable("mail_provider", "hook")
            .variable("mail_url", &url)
            .variable("mail_key", super::HOOK_SECRET)
            .variable("mail_from", "hallo@acme.example")
            .variable("mail_language", "de")
    })
    .await;
    app.anyone().post("/v1/auth/email", json!({"email": "ada@example.com"})).await.expect_status(202);
    assert_eq!(deliver(&app).await, (1, 0));
    let data = &receiver.received()[0].json()["data"];
    assert_eq!(data["language"], "de");
    assert!(data["subject"].as_str().unwrap().ends_with(" ist Ihr Anmeldecode für Latchkey"), "{data}");
    assert!(data["html"].as_str().unwrap().contains("<html lang=\"de\">"));
    app.finish().await;
}
