//! Messages, verified by the library that receivers use.

use latchkey_testkit::json;
use latchkey_testkit::standard_webhooks::{StandardWebhooks, headers};

use super::{scene, tell, webhooks};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivers_verify_messages_with_the_standard_library_of_another_language() {
    let Some(library) = StandardWebhooks::install(env!("CARGO_TARGET_TMPDIR")) else { return };
    let (app, receiver, ada, org, webhook, _) = scene().await;
    let rotate = format!("{}/{webhook}/rotate", webhooks(&org));
    let secret = ada.post(&rotate, json!({"overlap_s": 60})).await.expect_status(200).text_at("/secret");
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Ärzte & Söhne <b>"})).await.expect_status(200);
    assert_eq!(tell(&app).await, (1, 0));
    let message = receiver.received().remove(0);
    assert_eq!(library.verify_received(&secret, &message), "org.renamed");
    let (mut headers, body) = (headers(&message), String::from_utf8(message.body.clone()).expect("text"));
    let changed = body.replace("org.renamed", "org.deleted");
    assert_eq!(library.verify(&secret, &headers, &changed), "No matching signature found");
    headers["webhook-timestamp"] = json!("1700000000");
    assert_eq!(library.verify(&secret, &headers, &body), "Message timestamp too old");
    app.finish().await;
}
