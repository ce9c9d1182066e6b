//! Who is told what, by a mail, of what others did.

use latchkey_testkit::{Caller, TestApp, Value, json};

use super::deliver;
use crate::support::my_member_id;

/// The subjects of what was mailed to an address, the newest first, without codes and invitations.
async fn told(app: &TestApp, email: &str) -> Vec<String> {
    deliver(app).await;
    let mails = app.anyone().mails(email).await;
    let notices = mails.iter().filter(|mail| mail["kind"] != "sign_in_code" && mail["kind"] != "invitation");
    notices.map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect()
}

async fn scene(app: &TestApp, policy: &str) -> (Caller, String) {
    let ada = app.sign_in("ada@example.com").await;
    ada.patch("/v1/me", json!({"display_name": "Ada"})).await.expect_status(200);
    let org = ada.create_org_with("Acme", policy).await;
    (ada, org)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_given_another_role_is_told_by_whom_and_which() {
    let app = TestApp::start().await;
    let (ada, org) = scene(&app, "credentials").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "enterprise"})).await.expect_status(200);
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let member = my_member_id(&bob, &org).await;
    let role = format!("/v1/orgs/{org}/members/{member}/role");
    ada.put(&role, json!({"role": "issuer"})).await.expect_status(200);
    assert_eq!(told(&app, "bob@example.com").await, ["You are Issuer of Acme now"]);
    let mail = app.anyone().newest_mail("bob@example.com").await;
    assert!(
        mail["text"].as_str().unwrap().starts_with("Ada changed your role in Acme from Viewer to Issuer."),
        "{mail}"
    );
    assert!(mail["html"].as_str().unwrap().contains("Ada changed your role in Acme from Viewer to Issuer."));
    ada.put(&role, json!({"role": "owner"})).await.expect_status(200);
    assert_eq!(told(&app, "bob@example.com").await[0], "You are Owner of Acme now");
    // Stepping down is one's own doing, also by a key of one's own.
    let key =
        bob.post(&format!("/v1/orgs/{org}/api-keys"), json!({"name": "CI"})).await.expect_status(201).text_at("/key");
    app.anyone().bearer(key).put(&role, json!({"role": "admin"})).await.expect_status(200);
    assert_eq!(told(&app, "bob@example.com").await.len(), 2);
    assert_eq!(told(&app, "ada@example.com").await, Vec::<String>::new());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_removed_is_told_and_whoever_leaves_is_not() {
    let app = TestApp::start().await;
    let (ada, org) = scene(&app, "credentials").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let (eve, _) = ada.bring_in(&org, "eve@example.com", "viewer").await;
    let bobs = my_member_id(&bob, &org).await;
    ada.delete(&format!("/v1/orgs/{org}/members/{bobs}"), Value::Null).await.expect_status(200);
    eve.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    assert_eq!(told(&app, "bob@example.com").await, ["You are no longer a member of Acme"]);
    assert_eq!(told(&app, "eve@example.com").await, Vec::<String>::new());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_an_owner_leaves_every_other_owner_is_told_once() {
    let app = TestApp::start().await;
    let (ada, org) = scene(&app, "credentials").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "enterprise"})).await.expect_status(200);
    for (email, role) in [("bob@example.com", "owner"), ("carol@example.com", "owner"), ("dan@example.com", "admin")] {
        ada.bring_in(&org, email, role).await;
    }
    ada.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    for owner in ["bob@example.com", "carol@example.com"] {
        assert_eq!(told(&app, owner).await, ["Ada has left Acme"]);
    }
    assert_eq!(told(&app, "dan@example.com").await, Vec::<String>::new());
    assert_eq!(told(&app, "ada@example.com").await, Vec::<String>::new());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_can_buy_seats_hears_once_that_they_run_out_and_once_that_none_is_left() {
    let app = TestApp::start().await;
    let (ada, org) = scene(&app, "portal").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "team", "seats": 10})).await.expect_status(200);
    ada.bring_in(&org, "bob@example.com", "member").await;
    for n in 0..6 {
        ada.invite(&org, &format!("p{n}@example.com"), "member").await;
    }
    assert_eq!(told(&app, "ada@example.com").await, Vec::<String>::new());
    ada.invite(&org, "p6@example.com", "member").await;
    assert_eq!(told(&app, "ada@example.com").await, ["Acme has few seats left"]);
    ada.invite(&org, "p7@example.com", "member").await;
    assert_eq!(told(&app, "ada@example.com").await, ["Acme has no seats left", "Acme has few seats left"]);
    assert_eq!(told(&app, "bob@example.com").await, Vec::<String>::new());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn licenses_that_run_out_are_told_of_like_seats() {
    let app = TestApp::start().await;
    let (ada, org) = scene(&app, "studio").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "team", "seats": 2})).await.expect_status(200);
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "member").await;
    let assign = |member: String| {
        let (ada, path) = (ada.clone(), format!("/v1/orgs/{org}/licenses/assign"));
        async move { ada.post(&path, json!({"members": [member]})).await.expect_status(200) }
    };
    assign(my_member_id(&ada, &org).await).await;
    assert_eq!(told(&app, "ada@example.com").await, Vec::<String>::new());
    assign(bob).await;
    assert_eq!(told(&app, "ada@example.com").await, ["Acme has no seats left"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_without_e_mails_sends_none_but_codes() {
    let app = TestApp::start().await;
    let (ada, org) = scene(&app, "credentials").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"email_notifications": false})).await.expect_status(200);
    let bobs = my_member_id(&bob, &org).await;
    ada.put(&format!("/v1/orgs/{org}/members/{bobs}/role"), json!({"role": "issuer"})).await.expect_status(200);
    ada.delete(&format!("/v1/orgs/{org}/members/{bobs}"), Value::Null).await.expect_status(200);
    assert_eq!(told(&app, "bob@example.com").await, Vec::<String>::new());
    app.sign_in("bob@example.com").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_deletes_their_account_is_not_written_to_any_more() {
    let app = TestApp::start().await;
    let (ada, org) = scene(&app, "credentials").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let bobs = my_member_id(&bob, &org).await;
    ada.delete(&format!("/v1/orgs/{org}/members/{bobs}"), Value::Null).await.expect_status(200);
    bob.delete("/v1/me", json!({"email": "bob@example.com"})).await.expect_status(204);
    assert_eq!(told(&app, "bob@example.com").await, Vec::<String>::new());
    let left = ada.get(&format!("/v1/orgs/{org}/deliveries")).await.expect_status(200).data();
    assert!(left.iter().all(|mail| mail["kind"] == "invitation"), "{left:?}");
    app.finish().await;
}
