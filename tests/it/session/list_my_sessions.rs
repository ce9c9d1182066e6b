use std::time::Duration;

use expect_test::expect;
use latchkey_testkit::{Caller, TestApp, Value, shown};

use crate::support::{DAY, pages};

async fn listed(caller: &Caller) -> Vec<Value> {
    caller.get("/v1/me/sessions").await.expect_status(200).data()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_sees_where_they_are_signed_in_and_which_of_it_is_here() {
    let app = TestApp::start().await;
    let here = app.sign_in("ada@example.com").await;
    let org = here.create_org("Acme").await;
    here.bring_in(&org, "bob@example.com", "viewer").await;
    expect![[r#"
        200
        {
          "data": [
            {
              "created_at": "[time]",
              "current": true,
              "expires_at": "[time]",
              "id": "ses#1",
              "ip": null,
              "last_seen_at": "[time]",
              "method": "email_code",
              "user_agent": null
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&here.get("/v1/me/sessions").await));
    let there = app.sign_in("ada@example.com").await;
    let current: Vec<_> = listed(&there).await.iter().map(|session| session["current"] == true).collect();
    assert_eq!(current, [true, false], "the newest first");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_an_invitation_opened_says_so() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    assert_eq!(listed(&bob).await[0]["method"], "invitation");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_use_is_recorded_with_its_origin_and_not_each_time() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let begun = listed(&ada).await[0].clone();
    assert_eq!(begun["last_seen_at"], begun["created_at"]);
    app.advance_clock(Duration::from_secs(301));
    let get = |id: &'static str| {
        let request = ada.request("GET", "/v1/me").header("user-agent", "Firefox on Ada's desk");
        async move { request.header("x-test-id", id).send().await.expect_status(200) }
    };
    get("later").await;
    // It is written down after the answer has left.
    let seen = async || {
        for _ in 0..500 {
            let session = listed(&ada).await[0].clone();
            if session["user_agent"] == "Firefox on Ada's desk" {
                return session;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the use was not recorded");
    };
    let session = seen().await;
    assert_eq!(session["ip"], "127.0.0.1");
    assert!(session["last_seen_at"].as_str() > begun["last_seen_at"].as_str());
    assert!(session["expires_at"].as_str() > begun["expires_at"].as_str(), "it lasts on");
    assert_eq!(app.statements_of("later").len(), 2);
    get("at once").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(app.statements_of("at once").len(), 1, "one read is one statement");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_when_it_is_not_used_and_when_its_time_is_over() {
    let app = TestApp::start_with(|config| {
        config.variable("session_idle_s", "86400").variable("session_absolute_s", "259200")
    })
    .await;
    let (used, idle) = (app.sign_in("ada@example.com").await, app.sign_in("ada@example.com").await);
    let seen = async |n: i64| {
        for _ in 0..500 {
            if app.count("SELECT count(*) FROM session WHERE seen_at IS NOT NULL") >= 1
                && app.count(&format!("SELECT max(seen_at) - min(created_at) > {n} * 80000000 FROM session")) == 1
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the use was not recorded");
    };
    for n in 1..=3 {
        app.advance_clock(DAY - Duration::from_secs(60));
        used.get("/v1/me").await.expect_status(200);
        if n < 3 {
            seen(n).await;
        }
    }
    idle.get("/v1/me").await.expect_problem(401, "unauthenticated");
    assert_eq!(listed(&used).await.len(), 1);
    app.advance_clock(Duration::from_secs(200));
    used.get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.dispatch().await;
    assert!(app.count("SELECT count(*) FROM session") > 0, "kept while other machines' clocks may be behind");
    app.advance_clock(DAY);
    app.dispatch().await;
    assert_eq!(app.count("SELECT count(*) FROM session"), 0, "what is over is forgotten");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_has_pages() {
    let app = TestApp::start().await;
    let mut ada = app.sign_in("ada@example.com").await;
    for _ in 0..4 {
        ada = app.sign_in("ada@example.com").await;
    }
    let pages = pages(&ada, "/v1/me/sessions", 2).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    app.anyone().get("/v1/me/sessions").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
