//! What receivers are told, and what becomes of it when they do not listen.

use std::collections::BTreeSet;
use std::time::Duration;

use latchkey_api::limits::{WEBHOOK_ATTEMPTS_MAX, WEBHOOK_FAILING_S_MAX};
use latchkey_testkit::{DISPATCH_TOKEN, Reaction, Receiver, Value, json, redacted};

use expect_test::expect;

use super::{app, expect_signed, make, scene, tell, types, willing};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_told_with_a_signature_and_the_ids_of_whom_it_is_about() {
    let (app, receiver, ada, org, _, secret) = scene().await;
    ada.bring_in(&org, "bob@example.com", "viewer").await;
    assert_eq!(tell(&app).await, (3, 0));
    assert_eq!(types(&receiver), ["invitation.created", "invitation.accepted", "member.joined"]);
    let received = receiver.received();
    let joined = received.iter().find(|message| message.json()["type"] == "member.joined").unwrap();
    assert_eq!((joined.method.as_str(), joined.path.as_str()), ("POST", "/hook"));
    expect_signed(joined, &secret);
    assert_eq!(joined.json()["data"]["id"], joined.header("webhook-id"));
    expect![[r#"
        {
          "data": {
            "actor": "usr#1",
            "details": {
              "invitation": "inv#1",
              "role": "viewer",
              "user": "usr#1"
            },
            "id": "evt#1",
            "member": "mem#1",
            "organization": "org#1",
            "previous_version": 5,
            "target": {
              "id": "mem#1",
              "type": "member"
            },
            "user": "usr#1",
            "version": 6
          },
          "timestamp": "[time]",
          "type": "member.joined"
        }"#]]
    .assert_eq(&redacted(&joined.json()));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_it_wants_to_hear_is_told_and_the_versions_show_the_gaps() {
    let (app, receiver) = (app().await, willing().await);
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    make(&ada, &org, json!({"url": receiver.url("/"), "types": ["org.renamed"]})).await;
    for name in ["A", "B"] {
        ada.patch(&format!("/v1/orgs/{org}"), json!({ "name": name })).await.expect_status(200);
        ada.invite(&org, &format!("{name}@example.com"), "viewer").await;
    }
    assert_eq!(tell(&app).await, (2, 0));
    let mut told: Vec<(Value, Value)> = receiver
        .received()
        .iter()
        .map(|message| (message.json()["data"]["version"].clone(), message.json()["data"]["previous_version"].clone()))
        .collect();
    // They may arrive in any order.
    told.sort_by_key(|(version, _)| version.as_u64());
    assert_eq!(told, [(json!(4), Value::Null), (json!(6), json!(4))]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_not_there_is_told_later_with_the_same_id() {
    let reactions =
        [Reaction::status(500), Reaction::Garbage, Reaction::BreakOff, Reaction::Close, Reaction::status(404)];
    let count = reactions.len();
    let receiver =
        Receiver::start(move |n, _| reactions.get(n).cloned().unwrap_or_else(|| Reaction::status(200))).await;
    let app = app().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    make(&ada, &org, json!({"url": receiver.url("/")})).await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
    for attempt in 1..=count {
        assert_eq!(tell(&app).await, (0, 1), "try {attempt}");
        assert_eq!(tell(&app).await, (0, 0), "it waits after try {attempt}");
        app.advance_clock(Duration::from_secs(36_000));
    }
    assert_eq!(tell(&app).await, (1, 0));
    let received = receiver.received();
    assert!(received.iter().all(|message| message.header("webhook-id") == received[0].header("webhook-id")));
    assert_eq!(received.len(), count + 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_receiver_holds_up_no_other() {
    let slow = Receiver::start(|_, _| Reaction::Wait(Duration::from_secs(30))).await;
    let (app, willing) = (app().await, willing().await);
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    make(&ada, &org, json!({"url": slow.url("/")})).await;
    make(&ada, &org, json!({"url": willing.url("/")})).await;
    for n in 0..8 {
        ada.patch(&format!("/v1/orgs/{org}"), json!({"name": format!("N{n}")})).await.expect_status(200);
    }
    let (sent, _) = tell(&app).await;
    assert_eq!((sent, willing.received().len()), (8, 8));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_days_of_failure_a_webhook_is_turned_off_and_its_managers_hear_of_it() {
    let receiver = Receiver::start(|_, _| Reaction::status(503)).await;
    let app = app().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (webhook, _) = make(&ada, &org, json!({"url": receiver.url("/")})).await;
    let path = format!("/v1/orgs/{org}/webhooks/{webhook}");
    for day in 0..=5 {
        ada.patch(&format!("/v1/orgs/{org}"), json!({"name": format!("Day {day}")})).await.expect_status(200);
        tell(&app).await;
        app.advance_clock(Duration::from_secs(WEBHOOK_FAILING_S_MAX.unsigned_abs() / 5));
    }
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "The last day"})).await.expect_status(200);
    tell(&app).await;
    assert_eq!(ada.get(&path).await.expect_status(200).json()["status"], "disabled");
    tell(&app).await;
    let subject = app.anyone().newest_mail("ada@example.com").await["subject"].clone();
    assert_eq!(subject, "A webhook of The last day is turned off");
    let before = receiver.received().len();
    app.advance_clock(Duration::from_secs(36_000));
    tell(&app).await;
    assert_eq!(receiver.received().len(), before, "nothing more is sent there");
    assert!(before as u64 > WEBHOOK_ATTEMPTS_MAX);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_says_it_is_gone_is_believed_at_once() {
    let receiver = Receiver::start(|_, _| Reaction::status(410)).await;
    let app = app().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (webhook, _) = make(&ada, &org, json!({"url": receiver.url("/")})).await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
    tell(&app).await;
    let shown = ada.get(&format!("/v1/orgs/{org}/webhooks/{webhook}")).await.expect_status(200).json();
    assert_eq!(shown["status"], "disabled");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dispatchers_at_the_same_time_send_each_message_once() {
    const EVENTS: usize = 100;
    let slow = Receiver::start(|_, _| Reaction::Wait(Duration::from_millis(20))).await;
    let app = app().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    make(&ada, &org, json!({"url": slow.url("/")})).await;
    for n in 0..EVENTS {
        ada.patch(&format!("/v1/orgs/{org}"), json!({"name": format!("N{n}")})).await.expect_status(200);
    }
    let calls = (0..12).map(|_| {
        let anyone = app.anyone();
        tokio::spawn(async move { anyone.bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await })
    });
    let mut sent = 0;
    for call in calls.collect::<Vec<_>>() {
        sent += call.await.unwrap().expect_status(200).json()["webhooks_sent"].as_u64().unwrap();
    }
    let ids: BTreeSet<String> = slow.received().iter().map(|told| told.header("webhook-id").to_owned()).collect();
    assert_eq!((sent, ids.len(), slow.received().len()), (EVENTS as u64, EVENTS, EVENTS));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_for_a_message_is_told_without_its_details() {
    let (app, receiver) = (app().await, willing().await);
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (_, member) = ada.bring_in(&org, "bob@example.com", "issuer").await;
    let types = json!(["member.restrictions_changed"]);
    let (_, secret) = make(&ada, &org, json!({"url": receiver.url("/"), "types": types})).await;
    let resources: Vec<String> = (0..200).map(|n| format!("{n:0>150}")).collect();
    let body = json!({"restrictions": {"badge.create": resources}});
    ada.put(&format!("/v1/orgs/{org}/members/{member}/restrictions"), body).await.expect_status(200);
    assert_eq!(tell(&app).await, (1, 0));
    let message = receiver.received().remove(0);
    expect_signed(&message, &secret);
    assert!(message.body.len() < 1000, "{}", message.body.len());
    assert_eq!(message.json()["data"]["details"], json!({}));
    app.finish().await;
}
