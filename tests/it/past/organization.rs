use latchkey_testkit::{TestApp, Value, json};

use super::{Memory, moment, then};
use crate::policy::{derived, put};
use crate::support::my_member_id;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_organization_its_rules_and_its_seats_are_told_as_they_were() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let mut memory = Memory::of(&app, &ada, &org, &["", "/policy", "/seats"]);
    memory.note().await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Acme again"})).await.expect_status(200);
    memory.note().await;
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "member").await;
    memory.note().await;
    let settings = json!({"email_notifications": false, "auto_join_role": "member"});
    ada.patch(&format!("/v1/orgs/{org}"), settings).await.expect_status(200);
    memory.note().await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"email_notifications": true})).await.expect_status(200);
    memory.note().await;
    let limits = json!({"limits": {"theme_license.provision": 50}});
    app.operator().put(&format!("/v1/orgs/{org}/limits"), limits).await.expect_status(200);
    memory.note().await;
    ada.post(&format!("/v1/orgs/{org}/ownership"), json!({"member": bob})).await.expect_status(200);
    memory.note().await;
    let mut rules = derived(&ada, &org, "own").await;
    rules["title"] = Value::from("Our own");
    put(&app.operator(), &org, &rules).await.expect_status(200);
    memory.note().await;
    ada.invite(&org, "carol@example.com", "viewer").await;
    memory.note().await;
    memory.compare().await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_are_counted_as_they_were_however_many_events_ago() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let path = format!("/v1/orgs/{org}/seats");
    let mut memory = Memory::of(&app, &ada, &org, &["/seats"]);
    // Past the versions at which the counters are kept.
    for n in 0..12 {
        app.operator()
            .put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "business", "seats": 300 + n}))
            .await
            .expect_status(200);
        let emails: String = (0..14).map(|m| format!("guest{n}.{m}@example.com\n")).collect();
        let many = json!({"role": "member", "text": emails});
        ada.post(&format!("/v1/orgs/{org}/invitations/bulk"), many).await.expect_status(200);
        memory.note().await;
    }
    ada.bring_in(&org, "bob@example.com", "member").await;
    memory.note().await;
    memory.compare().await;
    let first = &memory.seen[0].1;
    let told = app.operator().get(&then(&path, first)).await.expect_status(200);
    assert_eq!(told.text_at("/text"), "15/300");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_has_todays_role_and_no_advice_for_back_then() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let at = moment(&app, &ada, &org).await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "administrator").await;
    let told = bob.get(&then(&format!("/v1/orgs/{org}"), &at)).await.expect_status(200).json();
    assert_eq!(
        (&told["my_role"], &told["hints"], &told["member_count"]),
        (&json!("administrator"), &json!([]), &json!(1))
    );
    assert_ne!(my_member_id(&ada, &org).await, bob_id);
    app.finish().await;
}
