//! What becomes of a mail that does not arrive at once: none is lost, none is sent twice at a time, none is tried for ever.

use std::collections::BTreeSet;
use std::time::Duration;

use latchkey_api::limits::{MAIL_ATTEMPTS_MAX, MAIL_LEASE_S, SIGN_IN_CODE_LIFETIME_S};
use latchkey_testkit::{Caller, DISPATCH_TOKEN, Reaction, Receiver, TestApp, Value, json};

use super::{app_with_hook, deliver};

/// Longer than any mail waits for its next try.
const LONG: Duration = Duration::from_secs(36_000);

/// An organization whose mails so far have gone, before a receiver that reacts like this to those that follow.
async fn scene(react: impl Fn(usize) -> Reaction + Send + Sync + 'static) -> (TestApp, Receiver, Caller, String) {
    // The code of the sign-in comes first, and arrives.
    let receiver = Receiver::start(move |n, _| if n == 0 { Reaction::status(200) } else { react(n - 1) }).await;
    let app = app_with_hook(&receiver.url("/")).await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "credentials").await;
    assert_eq!(deliver(&app).await, (1, 0));
    (app, receiver, ada, org)
}

async fn mail_of(ada: &Caller, org: &str, invitation: &str) -> (Value, Value) {
    let all = ada.get(&format!("/v1/orgs/{org}/invitations")).await.expect_status(200).data();
    let shown = all.iter().find(|shown| shown["id"] == invitation).expect("to be listed");
    (shown["mail"].clone(), shown["mail_error"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_provider_does_wrong_a_mail_is_tried_again_with_the_same_id_until_it_is_taken() {
    let reactions = [
        (Reaction::status(500), "the mail provider answered 500"),
        (Reaction::Garbage, "mail provider: "),
        (Reaction::BreakOff, "mail provider: "),
        (Reaction::Close, "mail provider: "),
        (
            Reaction::Answer { status: 302, headers: vec![("location", "/elsewhere".to_owned())], body: String::new() },
            "the mail provider answered 302",
        ),
        (Reaction::status(401), "the mail provider refuses the key it was given"),
    ];
    let wrong: Vec<Reaction> = reactions.iter().map(|(reaction, _)| reaction.clone()).collect();
    let (app, receiver, ada, org) =
        scene(move |n| wrong.get(n).cloned().unwrap_or_else(|| Reaction::status(200))).await;
    let invitation = ada.invite(&org, "grace@example.com", "viewer").await;
    assert_eq!(mail_of(&ada, &org, &invitation).await, (json!("queued"), Value::Null));
    for (reaction, reason) in &reactions {
        assert_eq!(deliver(&app).await, (0, 1), "{reaction:?}");
        let (status, error) = mail_of(&ada, &org, &invitation).await;
        assert!(status == "failed" && error.as_str().unwrap().starts_with(reason), "{reaction:?}: {error}");
        assert_eq!(deliver(&app).await, (0, 0), "it waits after {reaction:?}");
        app.advance_clock(LONG);
    }
    assert_eq!(deliver(&app).await, (1, 0));
    assert_eq!(mail_of(&ada, &org, &invitation).await, (json!("sent"), Value::Null));
    let ids: BTreeSet<String> = receiver.received().iter().skip(1).map(|r| r.header("webhook-id").to_owned()).collect();
    assert_eq!(ids, [format!("invitation:{invitation}:1")].into());
    assert!(receiver.received().iter().all(|request| request.path == "/"), "no redirect is followed");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_is_refused_for_good_is_not_tried_again_and_the_invitation_says_why() {
    let (app, receiver, ada, org) = scene(|_| Reaction::json(422, &json!({"detail": "mailbox full"}))).await;
    let invitation = ada.invite(&org, "grace@example.com", "viewer").await;
    assert_eq!(deliver(&app).await, (0, 1));
    assert_eq!(mail_of(&ada, &org, &invitation).await, (json!("dead"), json!("mailbox full")));
    app.advance_clock(LONG);
    assert_eq!(deliver(&app).await, (0, 0));
    assert_eq!(receiver.received().len(), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_given_up_after_its_last_try() {
    let (app, receiver, ada, org) = scene(|_| Reaction::status(503)).await;
    let invitation = ada.invite(&org, "grace@example.com", "viewer").await;
    for attempt in 1..=MAIL_ATTEMPTS_MAX {
        assert_eq!(deliver(&app).await, (0, 1), "try {attempt}");
        app.advance_clock(LONG);
    }
    assert_eq!(deliver(&app).await, (0, 0));
    assert_eq!(mail_of(&ada, &org, &invitation).await, (json!("dead"), json!("the mail provider answered 503")));
    assert_eq!(receiver.received().len() as u64, 1 + MAIL_ATTEMPTS_MAX);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_says_when_to_come_back_is_obeyed() {
    let later =
        || Reaction::Answer { status: 503, headers: vec![("retry-after", "600".to_owned())], body: String::new() };
    let (app, _receiver, ada, org) = scene(move |n| if n == 0 { later() } else { Reaction::status(200) }).await;
    ada.invite(&org, "grace@example.com", "viewer").await;
    assert_eq!(deliver(&app).await, (0, 1));
    app.advance_clock(Duration::from_secs(500));
    assert_eq!(deliver(&app).await, (0, 0));
    app.advance_clock(Duration::from_secs(101));
    assert_eq!(deliver(&app).await, (1, 0));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_takes_a_few_at_a_time_gets_them_all_and_no_try_is_lost() {
    const MAILS: u64 = 60;
    // Of each sixteen it looks at four.
    let (app, _receiver, ada, org) =
        scene(|n| if n % 16 < 4 { Reaction::status(200) } else { Reaction::status(429) }).await;
    for n in 0..MAILS {
        ada.invite(&org, &format!("p{n}@example.com"), "viewer").await;
    }
    let mut sent = 0;
    for _ in 0..60 {
        let (more, failed) = deliver(&app).await;
        assert_eq!(failed, 0);
        sent += more;
        app.advance_clock(Duration::from_secs(5));
    }
    assert_eq!(sent, MAILS);
    assert_eq!(app.count("SELECT max(attempts) FROM outbox"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_waits_for_a_code_does_not_wait_for_a_thousand_invitations() {
    let (app, receiver, ada, org) = scene(|_| Reaction::status(200)).await;
    for n in 0..40 {
        ada.invite(&org, &format!("p{n}@example.com"), "viewer").await;
    }
    app.anyone().post("/v1/auth/email", json!({"email": "grace@example.com"})).await.expect_status(202);
    assert_eq!(deliver(&app).await, (41, 0));
    let first: Vec<String> =
        receiver.received().iter().skip(1).take(16).map(|r| r.header("webhook-id").to_owned()).collect();
    assert!(first.iter().any(|id| id.starts_with("sign_in_code:")), "{first:?}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_nobody_lives_to_tell_of_is_given_up_like_any_other() {
    let (app, receiver, ada, org) = scene(|_| Reaction::status(200)).await;
    let invitation = ada.invite(&org, "grace@example.com", "viewer").await;
    app.sql(&format!("UPDATE outbox SET attempts = {MAIL_ATTEMPTS_MAX} WHERE kind = 'invitation'"));
    assert_eq!(deliver(&app).await, (0, 0));
    let (status, _) = mail_of(&ada, &org, &invitation).await;
    assert_eq!((status, receiver.received().len()), (json!("dead"), 1));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_that_turns_its_e_mails_off_sends_none_that_still_waits() {
    let (app, receiver, ada, org) = scene(|_| Reaction::status(200)).await;
    ada.invite(&org, "grace@example.com", "viewer").await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"email_notifications": false})).await.expect_status(200);
    assert_eq!(deliver(&app).await, (0, 0));
    assert_eq!(receiver.received().len(), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_does_not_answer_holds_up_no_other_mail() {
    let (app, receiver, ada, org) =
        scene(|n| if n == 0 { Reaction::Wait(Duration::from_secs(20)) } else { Reaction::status(200) }).await;
    for n in 0..20 {
        ada.invite(&org, &format!("p{n}@example.com"), "viewer").await;
    }
    assert_eq!(deliver(&app).await, (19, 1));
    assert_eq!(app.count("SELECT count(*) FROM outbox WHERE last_error LIKE '%no answer%'"), 1);
    assert_eq!(receiver.received().len(), 21);
    assert!(receiver.connections() < 21, "connections are used again");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dispatchers_at_the_same_time_take_different_mails() {
    const MAILS: usize = 100;
    let (app, receiver, ada, org) = scene(|_| Reaction::Wait(Duration::from_millis(20))).await;
    for n in 0..MAILS {
        ada.invite(&org, &format!("p{n}@example.com"), "viewer").await;
    }
    let calls = (0..12).map(|_| {
        let anyone = app.anyone();
        tokio::spawn(async move { anyone.bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await })
    });
    let mut sent = 0;
    for call in calls.collect::<Vec<_>>() {
        sent += call.await.unwrap().expect_status(200).json()["mails_sent"].as_u64().unwrap();
    }
    let received = receiver.received();
    let ids: BTreeSet<&str> = received.iter().skip(1).map(|request| request.header("webhook-id")).collect();
    assert_eq!((sent, ids.len(), received.len()), (MAILS as u64, MAILS, MAILS + 1));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_whose_dispatcher_died_is_due_again_when_its_lease_is_over() {
    let (app, receiver, ada, org) = scene(|_| Reaction::status(200)).await;
    ada.invite(&org, "grace@example.com", "viewer").await;
    // As a dispatcher leaves it that was killed between taking the mail and saying what became of it.
    app.sql(&format!(
        "UPDATE outbox SET lease = 'of the dead', attempts = 1, next_at = next_at + {MAIL_LEASE_S}000 WHERE kind = 'invitation'"
    ));
    assert_eq!(deliver(&app).await, (0, 0));
    app.advance_clock(Duration::from_secs(MAIL_LEASE_S.unsigned_abs() + 1));
    assert_eq!(deliver(&app).await, (1, 0));
    assert_eq!(receiver.received().len(), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_whose_matter_has_ended_is_not_sent() {
    let (app, receiver, ada, org) = scene(|_| Reaction::status(200)).await;
    app.anyone().post("/v1/auth/email", json!({"email": "late@example.com"})).await.expect_status(202);
    let cancelled = ada.invite(&org, "cancelled@example.com", "viewer").await;
    ada.delete(&format!("/v1/orgs/{org}/invitations/{cancelled}"), Value::Null).await.expect_status(204);
    let resent = ada.invite(&org, "resent@example.com", "viewer").await;
    ada.post(&format!("/v1/orgs/{org}/invitations/{resent}/resend"), Value::Null).await.expect_status(200);
    app.advance_clock(Duration::from_secs(SIGN_IN_CODE_LIFETIME_S.unsigned_abs() + 1));
    assert_eq!(deliver(&app).await, (1, 0));
    let ids: Vec<String> = receiver.received().iter().skip(1).map(|r| r.header("webhook-id").to_owned()).collect();
    assert_eq!(ids, [format!("invitation:{resent}:2")]);
    assert_eq!(app.count("SELECT count(*) FROM outbox WHERE state = 'dead' AND last_error = 'not needed any more'"), 3);
    app.finish().await;
}
