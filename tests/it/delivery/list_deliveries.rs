use expect_test::expect;
use latchkey_testkit::{Reaction, Receiver, json, shown};

use crate::mail::{app_with_hook, deliver};
use crate::support::{pages, texts, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_became_of_each_mail_is_shown_the_newest_first() {
    let receiver = Receiver::start(|_, request| match request.json()["data"]["to"].as_str() {
        Some("full@example.com") => Reaction::json(422, &json!({"detail": "mailbox full"})),
        Some("busy@example.com") => Reaction::status(503),
        _ => Reaction::json(200, &json!({"id": "1"})),
    })
    .await;
    let app = app_with_hook(&receiver.url("/")).await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    for name in ["fine", "full", "busy"] {
        ada.invite(&org, &format!("{name}@example.com"), "viewer").await;
    }
    assert_eq!(deliver(&app).await, (2, 2));
    ada.invite(&org, "next@example.com", "viewer").await;
    let path = format!("/v1/orgs/{org}/deliveries");
    let all = ada.get(&path).await.expect_status(200).data();
    assert_eq!(texts(&all, "to"), ["next@example.com", "busy@example.com", "full@example.com", "fine@example.com"]);
    assert_eq!(texts(&all, "status"), ["queued", "failed", "dead", "sent"]);
    expect![[r#"
        200
        {
          "data": [
            {
              "about": "inv#1",
              "attempts": 1,
              "created_at": "[time]",
              "id": "invitation:inv#1:1",
              "kind": "invitation",
              "last_error": "the mail provider answered 503",
              "next_attempt_at": "[time]",
              "sent_at": null,
              "status": "failed",
              "to": "busy@example.com"
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&ada.get(&format!("{path}?status=failed")).await));
    let dead = ada.get(&format!("{path}?status=dead")).await.expect_status(200).data();
    assert_eq!(texts(&dead, "last_error"), ["mailbox full"]);
    assert_eq!(pages(&ada, &path, 1).await.len(), 4);
    assert_eq!(wrong_fields(ada.get(&format!("{path}?status=sent")).await), ["status not_allowed"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_who_may_invite_see_it() {
    let receiver = Receiver::start(|_, _| Reaction::status(200)).await;
    let app = app_with_hook(&receiver.url("/")).await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    assert_eq!(bob.get(&format!("/v1/orgs/{org}/deliveries")).await.expect_status(403).json()["code"], "forbidden");
    app.finish().await;
}
