#![allow(clippy::module_inception, reason = "the operation is called as its component is")]

use expect_test::expect;
use latchkey_testkit::{DISPATCH_TOKEN, TestApp, Value, json, shown};

use crate::support::{INVITATION_LIFETIME, make_link, texts};

/// How long events wait for a checkpoint.
const SIGNED_AFTER: std::time::Duration =
    std::time::Duration::from_secs(latchkey_api::limits::CHECKPOINT_AFTER_S.unsigned_abs());

/// What a call tells of everything but mails and the signing of logs.
async fn of_time(app: &TestApp) -> Value {
    let mut done =
        app.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await.expect_status(200).json();
    let members = done.as_object_mut().unwrap();
    let others = ["checkpoints_", "domains_", "mails_", "payers_", "webhooks_"];
    members.retain(|name, _| !others.iter().any(|other| name.starts_with(other)));
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_due_expires_and_what_is_not_stays() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    let dispatch = async || app.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await;
    assert_eq!(dispatch().await.expect_status(200).json()["invitations_expired"], 0);
    ada.invite(&acme, "a@example.com", "viewer").await;
    ada.invite(&acme, "b@example.com", "viewer").await;
    ada.invite(&beta, "c@example.com", "viewer").await;
    app.advance_clock(INVITATION_LIFETIME);
    ada.invite(&beta, "d@example.com", "viewer").await;
    expect![[r#"
        200
        {
          "activity_deleted": 0,
          "checkpoints_made": 2,
          "checkpoints_withheld": 0,
          "domains_checked": 0,
          "domains_lapsed": 0,
          "identities_settled": 0,
          "invitations_expired": 3,
          "keys_expired": 0,
          "links_expired": 0,
          "mails_failed": 0,
          "mails_sent": 1,
          "more": false,
          "payers_settled": 0,
          "webhooks_disabled": 0,
          "webhooks_failed": 0,
          "webhooks_sent": 0
        }"#]]
    .assert_eq(&shown(&dispatch().await));
    assert_eq!(dispatch().await.expect_status(200).json()["invitations_expired"], 0);

    let events = ada.audit(&acme).await;
    assert_eq!(texts(&events[4..], "type"), ["invitation.expired", "invitation.expired"]);
    assert_eq!(events[4]["actor"]["kind"], "system");
    let members = ada.get(&format!("/v1/orgs/{beta}/members?status=pending")).await.expect_status(200).data();
    assert_eq!(texts(&members, "email"), ["d@example.com"]);
    for (org, pending) in [(acme, 0), (beta, 1)] {
        let org = ada.get(&format!("/v1/orgs/{org}")).await.expect_status(200).json();
        assert_eq!(org["pending_invitation_count"], pending);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invite_links_expire_beside_invitations() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    for org in [&acme, &acme, &beta] {
        make_link(&ada, org, json!({"role": "viewer", "expires_in_s": 3600})).await;
    }
    make_link(&ada, &beta, json!({"role": "viewer", "expires_in_s": 7200})).await;
    ada.invite(&acme, "a@example.com", "viewer").await;
    app.advance_clock(std::time::Duration::from_secs(3600));
    let dispatch = async || of_time(&app).await;
    assert_eq!(
        dispatch().await,
        json!({"invitations_expired": 0, "links_expired": 3, "keys_expired": 0, "activity_deleted": 0, "identities_settled": 0, "more": false})
    );
    assert_eq!(
        dispatch().await,
        json!({"invitations_expired": 0, "links_expired": 0, "keys_expired": 0, "activity_deleted": 0, "identities_settled": 0, "more": false})
    );
    let event = ada.audit(&acme).await[5].clone();
    assert_eq!((&event["type"], &event["actor"]["kind"]), (&json!("invite_link.expired"), &json!("system")));
    let links = ada.get(&format!("/v1/orgs/{beta}/invite-links")).await.expect_status(200).data();
    assert_eq!(texts(&links, "status"), ["active", "expired"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_that_have_grown_are_signed_before_long() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    let dispatch = async || {
        let done =
            app.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await.expect_status(200).json();
        assert_eq!(done["more"], false);
        (done["checkpoints_made"].as_u64().unwrap(), done["checkpoints_withheld"].as_u64().unwrap())
    };
    assert_eq!(dispatch().await, (0, 0), "nobody waits yet");
    app.advance_clock(SIGNED_AFTER);
    assert_eq!(dispatch().await, (2, 0));
    assert_eq!(dispatch().await, (0, 0));
    // What waits is what came first, however much came since.
    make_link(&ada, &acme, json!({"role": "viewer"})).await;
    app.advance_clock(SIGNED_AFTER / 2);
    make_link(&ada, &acme, json!({"role": "viewer"})).await;
    app.advance_clock(SIGNED_AFTER / 2);
    assert_eq!(dispatch().await, (1, 0));
    let sizes = ada.get(&format!("/v1/orgs/{acme}/log/checkpoints")).await.expect_status(200).data();
    assert_eq!(sizes.iter().map(|it| it["size"].as_u64().unwrap()).collect::<Vec<_>>(), [4, 2]);
    // The end of an organization is signed as well.
    ada.delete(&format!("/v1/orgs/{beta}"), json!({"name": "Beta"})).await.expect_status(204);
    app.advance_clock(SIGNED_AFTER);
    assert_eq!(dispatch().await, (1, 0));
    assert_eq!(app.count("SELECT count(*) FROM checkpoint_due"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_changed_is_not_signed_and_holds_up_no_other() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    app.advance_clock(SIGNED_AFTER);
    app.dispatch().await;
    let trigger = app.sql("SELECT sql FROM sqlite_schema WHERE name = 'checkpoint_is_fixed'");
    let [latchkey_store::db::Value::Text(trigger)] = trigger[0].as_slice() else { panic!("{trigger:?}") };
    app.sql("DROP TRIGGER checkpoint_is_fixed");
    app.sql(&format!("UPDATE checkpoint SET root = '{}' WHERE org_id = '{acme}'", "0".repeat(64)));
    app.sql(trigger);
    for org in [&acme, &beta] {
        make_link(&ada, org, json!({"role": "viewer"})).await;
    }
    for (made, withheld) in [(1, 1), (0, 1)] {
        app.advance_clock(SIGNED_AFTER);
        let done =
            app.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await.expect_status(200).json();
        assert_eq!((&done["checkpoints_made"], &done["checkpoints_withheld"]), (&json!(made), &json!(withheld)));
        assert_eq!(done["more"], false);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_more_than_one_call_does_is_left_for_the_next() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let most = usize::try_from(latchkey_api::limits::DISPATCH_INVITATIONS_MAX).unwrap();
    for n in 0..=most {
        ada.invite(&org, &format!("p{n}@example.com"), "viewer").await;
    }
    app.advance_clock(INVITATION_LIFETIME);
    let dispatch = async || of_time(&app).await;
    assert_eq!(
        dispatch().await,
        json!({"invitations_expired": most, "links_expired": 0, "keys_expired": 0, "activity_deleted": 0, "identities_settled": 0, "more": true})
    );
    assert_eq!(
        dispatch().await,
        json!({"invitations_expired": 1, "links_expired": 0, "keys_expired": 0, "activity_deleted": 0, "identities_settled": 0, "more": false})
    );
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_sign_in_codes_and_their_mails_are_forgotten() {
    let app = TestApp::start().await;
    app.sign_in("ada@example.com").await;
    app.dispatch().await;
    assert_eq!(app.count("SELECT count(*) FROM sign_in_code"), 1);
    app.advance_clock(std::time::Duration::from_secs(25 * 3600));
    app.dispatch().await;
    assert_eq!(app.count("SELECT count(*) FROM sign_in_code"), 0);
    assert_eq!(app.count("SELECT count(*) FROM outbox"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn activity_goes_when_its_time_is_over_and_events_stay() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    let dispatch = async || app.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await.json();
    let most = latchkey_api::limits::DISPATCH_SWEPT_MAX;
    for org in [&acme, &beta] {
        app.sql(&format!(
            "INSERT INTO activity (org_id, at, id, type, actor, data, received_at)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most} + 5)
             SELECT '{org}', unixepoch() * 1000, printf('act_%032x', i), 'a', 'operator', '{{}}', 0 FROM n"
        ));
    }
    ada.patch(&format!("/v1/orgs/{acme}"), json!({"activity_retention_days": 30})).await.expect_status(200);
    let told = |answer: &Value| (answer["activity_deleted"].clone(), answer["more"].clone());
    assert_eq!(told(&dispatch().await), (json!(0), json!(false)));
    let day = std::time::Duration::from_secs(24 * 3600);
    app.advance_clock(20 * day);
    let ada = app.sign_in("ada@example.com").await;
    let item = json!({"items": [{"type": "later"}]});
    ada.post(&format!("/v1/orgs/{acme}/activity"), item).await.expect_status(200);
    app.advance_clock(11 * day);
    let ada = app.sign_in("ada@example.com").await;
    assert_eq!(told(&dispatch().await), (json!(most), json!(true)));
    assert_eq!(told(&dispatch().await), (json!(5), json!(false)));
    assert_eq!(told(&dispatch().await), (json!(0), json!(false)));
    let left = ada.get(&format!("/v1/orgs/{acme}/audit")).await.expect_status(200).data();
    assert_eq!(texts(&left, "type"), ["later", "org.settings_changed", "member.joined", "org.created"]);
    // An hour later it is looked at again; for good means for good.
    app.advance_clock(20 * day);
    assert_eq!(told(&dispatch().await), (json!(1), json!(false)));
    assert_eq!(app.count(&format!("SELECT count(*) FROM activity WHERE org_id = '{beta}'")), most + 5);
    let ada = app.sign_in("ada@example.com").await;
    ada.patch(&format!("/v1/orgs/{acme}"), json!({"activity_retention_days": null})).await.expect_status(200);
    assert_eq!(app.count("SELECT count(*) FROM activity_sweep"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_dispatch_token_may_call_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    expect![[r#"
        401
        content-type: application/problem+json
        www-authenticate: Bearer
        {
          "code": "unauthenticated",
          "detail": "Send the deployment's dispatch_token as a bearer token.",
          "request_id": "[request]",
          "status": 401,
          "title": "Not signed in",
          "type": "/problems/unauthenticated"
        }"#]]
    .assert_eq(&shown(&app.anyone().post("/v1/dispatch", Value::Null).await));
    ada.post("/v1/dispatch", Value::Null).await.expect_problem(401, "unauthenticated");
    app.anyone().bearer("no").post("/v1/dispatch", Value::Null).await.expect_problem(401, "unauthenticated");
    let by_cookie =
        app.anyone().request("POST", "/v1/dispatch").header("cookie", &format!("latchkey_session={DISPATCH_TOKEN}"));
    by_cookie.send().await.expect_problem(401, "unauthenticated");
    // And the token is good for nothing else.
    app.anyone().bearer(DISPATCH_TOKEN).get("/v1/me").await.expect_problem(401, "unauthenticated");
    let body = app.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", json!({"all": true})).await;
    body.expect_problem(422, "invalid_request");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_configured_token_nobody_may_call_it() {
    let app = TestApp::start_with(|config| config.variable("dispatch_token", "")).await;
    for token in ["", " ", DISPATCH_TOKEN] {
        let request = app.anyone().request("POST", "/v1/dispatch").header("authorization", &format!("Bearer {token}"));
        request.send().await.expect_problem(401, "unauthenticated");
    }
    app.finish().await;
}
