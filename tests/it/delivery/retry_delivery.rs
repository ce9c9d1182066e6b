use expect_test::expect;
use latchkey_testkit::{Reaction, Receiver, TestApp, Value, json, shown};

use crate::mail::{app_with_hook, deliver};
use crate::support::text;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_was_given_up_is_sent_once_more_by_hand() {
    let receiver = Receiver::start(|n, _| {
        if n == 1 { Reaction::json(422, &json!({"detail": "mailbox full"})) } else { Reaction::status(200) }
    })
    .await;
    let app = app_with_hook(&receiver.url("/")).await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    assert_eq!(deliver(&app).await, (1, 0));
    ada.invite(&org, "grace@example.com", "viewer").await;
    assert_eq!(deliver(&app).await, (0, 1));
    let id = text(&ada.get(&format!("/v1/orgs/{org}/deliveries")).await.data()[0]["id"]);
    let retry = format!("/v1/orgs/{org}/deliveries/{id}/retry");
    expect![[r#"
        200
        etag: "4"
        {
          "about": "inv#1",
          "attempts": 0,
          "created_at": "[time]",
          "id": "invitation:inv#1:1",
          "kind": "invitation",
          "last_error": null,
          "next_attempt_at": "[time]",
          "sent_at": null,
          "status": "queued",
          "to": "grace@example.com"
        }"#]]
    .assert_eq(&shown(&ada.post(&retry, Value::Null).await));
    // What waits already is on its way.
    ada.post(&retry, Value::Null).await.expect_status(200);
    assert_eq!(ada.event_types(&org).await[2..], ["invitation.created", "mail.retried"]);
    assert_eq!(deliver(&app).await, (1, 0));
    // To the provider it is another mail, or it would be taken for a repetition of the first.
    let sent = receiver.received();
    assert_eq!(sent[1].json()["data"]["text"], sent[2].json()["data"]["text"]);
    assert_eq!(sent[2].header("webhook-id"), format!("{id}:again1"));
    let again = ada.post(&retry, Value::Null).await;
    assert_eq!(again.expect_status(409).json()["code"], "mail_was_sent");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_organizations_mail_and_none_at_all_are_not_found() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    let (acme, beta) = (ada.create_org("Acme").await, bob.create_org("Beta").await);
    let invitation = bob.invite(&beta, "grace@example.com", "viewer").await;
    for id in [&format!("invitation:{invitation}:1"), "invitation:inv_0:1", "nonsense", "a:b:c:d:e"] {
        let refused = ada.post(&format!("/v1/orgs/{acme}/deliveries/{id}/retry"), Value::Null).await;
        assert_eq!(refused.expect_status(404).json()["code"], "not_found", "{id}");
    }
    let (carol, _) = ada.bring_in(&acme, "carol@example.com", "viewer").await;
    let mine = format!("/v1/orgs/{acme}/deliveries/invitation:{invitation}:1/retry");
    assert_eq!(carol.post(&mine, Value::Null).await.expect_status(403).json()["code"], "forbidden");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_written_to_by_hand_again_and_again() {
    let receiver =
        Receiver::start(|n, _| if n == 0 { Reaction::status(200) } else { Reaction::json(422, &json!({})) }).await;
    let app = app_with_hook(&receiver.url("/")).await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    assert_eq!(deliver(&app).await, (1, 0));
    let invitation = ada.invite(&org, "grace@example.com", "viewer").await;
    let retry = format!("/v1/orgs/{org}/deliveries/invitation:{invitation}:1/retry");
    for _ in 0..latchkey_api::limits::MAIL_RETRIES_MAX {
        assert_eq!(deliver(&app).await, (0, 1));
        ada.post(&retry, Value::Null).await.expect_status(200);
    }
    assert_eq!(deliver(&app).await, (0, 1));
    let refused = ada.post(&retry, Value::Null).await;
    assert_eq!(refused.json()["code"], "limit_reached");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_not_invite_to_a_role_cannot_have_its_invitation_sent_again() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "enterprise"})).await.expect_status(200);
    let (admin, _) = ada.bring_in(&org, "admin@example.com", "admin").await;
    let invitation = ada.invite(&org, "grace@example.com", "owner").await;
    app.sql("UPDATE outbox SET state = 'dead', attempts = 1");
    let refused = admin.post(&format!("/v1/orgs/{org}/deliveries/invitation:{invitation}:1/retry"), Value::Null).await;
    assert_eq!(refused.expect_status(403).json()["code"], "role_out_of_reach");
    app.finish().await;
}
