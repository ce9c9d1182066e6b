//! The key-value store loses everything, or is not there: only hints are gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use latchkey_api::limits::SIGN_IN_STARTS_PER_CLIENT_MAX;
use latchkey_testkit::{Caller, TestApp, json};
use rusqlite::Connection;

/// One newcomer's way in: sign-in by code, an organization, a colleague, who comes by the mailed token.
async fn form_a_team(anyone: Caller, tag: String) {
    let ada = anyone.sign_in(&format!("ada.{tag}@example.com")).await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, &format!("bob.{tag}@example.com"), "admin").await;
    let token = anyone.mailed_token(&format!("bob.{tag}@example.com")).await;
    anyone.post("/v1/invitations/preview", json!({ "token": token })).await.expect_status(200);
    let joined = anyone.post("/v1/invitations/accept", json!({ "token": token })).await.expect_status(200);
    let bob = anyone.bearer(joined.text_at("/session/token"));
    assert_eq!(bob.get(&format!("/v1/orgs/{org}/members")).await.expect_status(200).data().len(), 2);
    assert_eq!(ada.event_types(&org).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wiping_the_key_value_store_in_mid_run_loses_only_hints() {
    const CLIENTS: usize = 6;
    const TEAMS_EACH: usize = 5;
    let app = Arc::new(TestApp::start().await);
    let is_over = Arc::new(AtomicBool::new(false));
    let wiping = tokio::spawn({
        let (app, is_over) = (app.clone(), is_over.clone());
        async move {
            let mut wipes = 0;
            while !is_over.load(Ordering::Relaxed) {
                app.wipe_key_value().await;
                wipes += 1;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            wipes
        }
    });
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let anyone = app.anyone();
            tokio::spawn(async move {
                for team in 0..TEAMS_EACH {
                    form_a_team(anyone.clone(), format!("{client}.{team}")).await;
                }
            })
        })
        .collect();
    let finished = futures::future::join_all(clients).await;
    is_over.store(true, Ordering::Relaxed);
    assert!(wiping.await.expect("the wiping") > CLIENTS * TEAMS_EACH);
    finished.into_iter().for_each(|client| client.expect("every request succeeded"));
    assert_eq!(app.count("SELECT count(*) FROM member WHERE status = 'active'"), 2 * (CLIENTS * TEAMS_EACH) as i64);
    Arc::into_inner(app).expect("nobody else uses it").finish().await;
}

/// What the hints are for, so that the test above does not praise a store that nobody uses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hints_slow_a_busy_client_down_until_they_are_lost() {
    let app = TestApp::start().await;
    let start =
        async |n: u32| app.anyone().post("/v1/auth/email", json!({"email": format!("new{n}@example.com")})).await;
    for n in 0..SIGN_IN_STARTS_PER_CLIENT_MAX {
        start(n).await.expect_status(202);
    }
    let refused = start(SIGN_IN_STARTS_PER_CLIENT_MAX).await.expect_problem(429, "too_many_requests");
    assert!(refused.header("retry-after").is_some());
    app.wipe_key_value().await;
    start(SIGN_IN_STARTS_PER_CLIENT_MAX).await.expect_status(202);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_value_store_that_fails_stops_nobody() {
    let app = TestApp::start().await;
    form_a_team(app.anyone(), "before".to_owned()).await;
    // Every `get` and `set` fails from here on.
    let store = Connection::open(app.database_path().with_file_name("sqlite_key_value.db")).expect("the store's file");
    store.busy_timeout(Duration::from_secs(5)).expect("a timeout");
    store.execute_batch("ALTER TABLE spin_key_value RENAME TO gone").expect("the store breaks");
    for team in 0..3 {
        form_a_team(app.anyone(), format!("meanwhile.{team}")).await;
    }
    store.execute_batch("ALTER TABLE gone RENAME TO spin_key_value").expect("the store is repaired");
    form_a_team(app.anyone(), "after".to_owned()).await;
    app.finish().await;
}
