//! What `docs/billing.md` and `docs/sign-in.md` say of their senders, followed from scratch with a library of another language.

use latchkey_testkit::signed::{BILLING_HOOK_SECRET, IDENTITY_HOOK_SECRET, now_s};
use latchkey_testkit::standard_webhooks::StandardWebhooks;
use latchkey_testkit::{TestApp, Value, json};

use super::{BILLING, IDENTITY, rfc3339};
use crate::support::json_blocks;

/// The message of a page, of the type that begins like this and of this moment.
fn message(page: &str, kind: &str) -> Value {
    let shown = json_blocks(page).into_iter().find(|it| it["type"].as_str().is_some_and(|it| it.starts_with(kind)));
    let mut message = shown.expect("a message on the page");
    message["timestamp"] = rfc3339(now_s());
    message
}

async fn send(app: &TestApp, library: &StandardWebhooks, path: &str, secret: &str, message: &Value) -> Value {
    let (id, at_s, body) = ("msg_of_the_page", now_s(), message.to_string());
    let signature = library.sign(secret, id, at_s, &body);
    let sent =
        app.anyone().request("POST", path).header("webhook-id", id).header("webhook-timestamp", &at_s.to_string());
    sent.header("webhook-signature", &signature).json(message).send().await.expect_status(200).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn senders_sign_what_the_pages_show_with_the_standard_library_of_another_language() {
    let Some(library) = StandardWebhooks::install(env!("CARGO_TARGET_TMPDIR")) else { return };
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;

    let mut sold = message(include_str!("../../../docs/billing.md"), "subscription.");
    sold["data"]["org"] = json!(org);
    assert_eq!(send(&app, &library, BILLING, BILLING_HOOK_SECRET, &sold).await["outcome"], "applied");
    let now = ada.get(&format!("/v1/orgs/{org}")).await.expect_status(200).json();
    assert_eq!(now["plan"], sold["data"]["plan"]);

    let told = message(include_str!("../../../docs/sign-in.md"), "user.");
    let taken = send(&app, &library, IDENTITY, IDENTITY_HOOK_SECRET, &told).await;
    assert_eq!(taken["outcome"], "applied");
    let grace = app.sign_in(told["data"]["email"].as_str().unwrap()).await.get("/v1/me").await.json();
    assert_eq!((&grace["id"], &grace["display_name"]), (&taken["user"], &told["data"]["name"]));
    app.finish().await;
}
