//! Mail from the change that causes it to whoever carries it.

mod carrying;
mod configuration;
mod notices;
mod providers;
mod setup;

use latchkey_testkit::{DISPATCH_TOKEN, TestApp, Value};

/// The secret of the hook in these tests.
pub(crate) const HOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// An app whose mail goes to a hook there.
pub(crate) async fn app_with_hook(url: &str) -> TestApp {
    TestApp::start_with(|config| {
        config
            .variable("mail_provider", "hook")
            .variable("mail_url", url)
            .variable("mail_key", HOOK_SECRET)
            .variable("mail_from", "Acme <hello@acme.example>")
            .variable("mail_reply_to", "help@acme.example")
    })
    .await
}

/// Calls dispatch until nothing is left to do at this time; what it sent and what failed.
pub(crate) async fn deliver(app: &TestApp) -> (u64, u64) {
    let (mut sent, mut failed) = (0, 0);
    for _ in 0..100 {
        let done =
            app.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await.expect_status(200).json();
        sent += done["mails_sent"].as_u64().unwrap();
        failed += done["mails_failed"].as_u64().unwrap();
        if done["more"] == false {
            return (sent, failed);
        }
    }
    panic!("there is always more to do");
}
