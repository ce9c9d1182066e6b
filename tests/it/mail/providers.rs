//! What each provider is sent, over HTTP, and that its answer is understood.

use latchkey_delivery::signature::SigningSecret;
use latchkey_testkit::{Reaction, Receiver, TestApp, json};

use super::{HOOK_SECRET, app_with_hook, deliver};

async fn app_with(provider: &'static str, url: &str) -> TestApp {
    TestApp::start_with(|config| {
        config
            .variable("mail_provider", provider)
            .variable("mail_url", url)
            .variable("mail_key", "the-key")
            .variable("mail_from", "Acme <hello@acme.example>")
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resend_gets_a_mail_with_its_key_and_a_key_against_repetition() {
    let receiver = Receiver::start(|_, _| Reaction::json(200, &json!({"id": "re_1"}))).await;
    let app = app_with("resend", &receiver.url("")).await;
    app.anyone().post("/v1/auth/email", json!({"email": "Ada@Example.com"})).await.expect_status(202);
    assert_eq!(deliver(&app).await, (1, 0));
    let [request] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/emails"));
    assert_eq!(request.header("authorization"), "Bearer the-key");
    let id = app.sql("SELECT id FROM outbox")[0][0].clone();
    assert_eq!(format!("Text({:?})", request.header("idempotency-key")), format!("{id:?}"));
    let body = request.json();
    assert_eq!((&body["to"], &body["from"]), (&json!(["Ada@Example.com"]), &json!("Acme <hello@acme.example>")));
    assert!(body["subject"].as_str().unwrap().ends_with(" is your Latchkey sign-in code"), "{body}");
    assert_eq!(
        app.count("SELECT count(*) FROM outbox WHERE state = 'sent' AND provider_id = 're_1' AND lease IS NULL"),
        1
    );
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postmark_gets_a_mail_with_its_token() {
    let answer = json!({"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1"});
    let receiver = Receiver::start(move |_, _| Reaction::json(200, &answer)).await;
    let app = app_with("postmark", &receiver.url("")).await;
    app.anyone().post("/v1/auth/email", json!({"email": "ada@example.com"})).await.expect_status(202);
    assert_eq!(deliver(&app).await, (1, 0));
    let [request] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
    assert_eq!((request.path.as_str(), request.header("x-postmark-server-token")), ("/email", "the-key"));
    assert_eq!(request.json()["To"], "ada@example.com");
    assert_eq!(app.count("SELECT count(*) FROM outbox WHERE provider_id = 'pm-1'"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_can_tell_that_a_mail_is_ours() {
    let receiver = Receiver::start(|_, _| Reaction::status(204)).await;
    let app = app_with_hook(&receiver.url("/mail?tenant=1")).await;
    app.anyone().post("/v1/auth/email", json!({"email": "ada@example.com"})).await.expect_status(202);
    assert_eq!(deliver(&app).await, (1, 0));
    let [request] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
    assert_eq!(request.path, "/mail?tenant=1");
    let secret = SigningSecret::parse(HOOK_SECRET).unwrap();
    let (id, at) = (request.header("webhook-id"), request.header("webhook-timestamp").parse().unwrap());
    assert!(secret.verifies(request.header("webhook-signature"), id, at, &request.body));
    let data = &request.json()["data"];
    assert_eq!((&data["id"], &data["reply_to"]), (&json!(id), &json!("help@acme.example")));
    app.finish().await;
}
