//! `docs/mail.md`, followed from scratch.

use latchkey_testkit::standard_webhooks::StandardWebhooks;
use latchkey_testkit::{Reaction, Receiver, TestApp};

use super::{HOOK_SECRET, deliver};
use crate::support::{json_blocks, members};

/// The names in the first column of the table of variables.
fn variables(page: &str) -> Vec<&str> {
    page.lines().filter_map(|line| line.strip_prefix("| `mail_")?.split_once('`')).map(|(name, _)| name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_setup_page_works_as_it_is_written() {
    let page = include_str!("../../../docs/mail.md");
    let receiver = Receiver::start(|_, _| Reaction::status(200)).await;
    let value = |name: &str| match name {
        "provider" => "hook".to_owned(),
        "key" => HOOK_SECRET.to_owned(),
        "from" => "Acme <hello@acme.example>".to_owned(),
        "reply_to" => "help@acme.example".to_owned(),
        "url" => receiver.url("/"),
        "language" => "en".to_owned(),
        other => panic!("the page has a variable mail_{other}"),
    };
    let app = TestApp::start_with(|config| {
        variables(page).into_iter().fold(config, |config, name| config.variable(format!("mail_{name}"), value(name)))
    })
    .await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "grace@example.com", "viewer").await;
    assert_eq!(deliver(&app).await, (2, 0));
    let shown = json_blocks(page).remove(0);
    let mails = receiver.received();
    let mail = mails.iter().find(|mail| mail.json()["data"]["kind"] == shown["data"]["kind"]).expect("the invitation");
    assert_eq!(members(&mail.json()), members(&shown));
    assert_eq!((&mail.json()["type"], &mail.json()["data"]["from"]), (&shown["type"], &shown["data"]["from"]));
    if let Some(library) = StandardWebhooks::install(env!("CARGO_TARGET_TMPDIR")) {
        assert_eq!(library.verify_received(HOOK_SECRET, mail), "mail.send");
    }
    app.finish().await;
}
