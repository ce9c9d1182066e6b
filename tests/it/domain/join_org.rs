use latchkey_testkit::{TestApp, Value, json};

use super::{claim, domains, join, organization, scene, told, verified};
use crate::support::{NO_ORG, my_member_id};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_organization_says_automatic_an_address_is_enough() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let grace = app.sign_in("grace@acme.example").await;
    verified(&app, &ada, &org, "acme.example", "automatic").await;
    let joined = join(&grace, &org).await.expect_status(200).json();
    assert_eq!(
        (&joined["outcome"], &joined["organization"]["id"], &joined["request"]),
        (&json!("joined"), &json!(org), &json!(null))
    );
    let member = &joined["member"];
    assert_eq!((&member["role"], &member["came_by"]), (&json!("viewer"), &json!("domain")));
    let path = format!("/v1/orgs/{org}/members/{}", member["id"].as_str().unwrap());
    assert_eq!(ada.get(&path).await.expect_status(200).json()["came_by"], "domain");
    let event = ada.audit(&org).await.pop().unwrap();
    assert_eq!((&event["type"], &event["actor"]["email"]), (&json!("member.joined"), &json!("grace@acme.example")));
    assert!(event["data"]["domain"].as_str().unwrap().starts_with("dom_") && event["data"]["request"] == Value::Null);
    assert_eq!(join(&grace, &org).await.expect_status(200).text_at("/outcome"), "already_member");
    assert_eq!(told(&app, "grace@acme.example").await, ["You are a member of Acme now"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_it_says_ask_a_request_is_made_once() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let scene = scene(&app, &ada, &org).await;
    let again = join(&scene.asking, &org).await.expect_status(200);
    assert_eq!((again.text_at("/outcome"), again.text_at("/request")), ("requested".to_owned(), scene.request.clone()));
    let asked: Vec<String> =
        ada.event_types(&org).await.into_iter().filter(|kind| kind.starts_with("join_request")).collect();
    assert_eq!(asked, ["join_request.created"]);
    assert_eq!(told(&app, "ada@example.com").await[0], "grace@acme.example asks to join Acme");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_that_lets_nobody_in_by_the_address_does_not_exist() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let grace = app.sign_in("grace@acme.example").await;
    join(&grace, &org).await.expect_problem(404, "not_found");
    // A claim without proof lets nobody in, whatever it says.
    claim(&app, &ada, &org, "acme.example", "automatic").await;
    join(&grace, &org).await.expect_problem(404, "not_found");
    let beta = ada.create_org("Beta").await;
    verified(&app, &ada, &beta, "acme.example", "off").await;
    for org in [&org, &beta, &NO_ORG.to_owned()] {
        join(&grace, org).await.expect_problem(404, "not_found");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_nobody_has_proved_lets_nobody_in() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let grace = app.sign_in("grace@acme.example").await;
    verified(&app, &ada, &org, "acme.example", "automatic").await;
    app.sql("UPDATE user SET email_proved_at = NULL WHERE email_key = 'grace@acme.example'");
    join(&grace, &org).await.expect_problem(404, "not_found");
    // Signing in with a code proves it.
    app.sign_in("grace@acme.example").await;
    assert_eq!(join(&grace, &org).await.expect_status(200).text_at("/outcome"), "already_member");
    // So does a token that was mailed.
    let beta = ada.create_org("Beta").await;
    ada.bring_in(&beta, "hugo@acme.example", "viewer").await;
    let unproved = "SELECT count(*) FROM user WHERE email_proved_at IS NULL";
    assert_eq!(app.count(unproved), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_removed_asks_and_whoever_left_may_come_back() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    verified(&app, &ada, &org, "acme.example", "automatic").await;
    let (grace, hugo) = (app.sign_in("grace@acme.example").await, app.sign_in("hugo@acme.example").await);
    let member = my_member_id(&grace, &org).await;
    ada.delete(&format!("/v1/orgs/{org}/members/{member}"), Value::Null).await.expect_status(200);
    hugo.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    // Signing in brings neither of them back.
    for email in ["grace@acme.example", "hugo@acme.example"] {
        app.sign_in(email).await;
    }
    assert_eq!(app.count("SELECT count(*) FROM member WHERE status = 'active'"), 1);
    assert_eq!(grace.get("/v1/me/joinable").await.expect_status(200).data()[0]["auto_join"], "ask");
    assert_eq!(join(&grace, &org).await.expect_status(200).text_at("/outcome"), "requested");
    assert_eq!(join(&hugo, &org).await.expect_status(200).text_at("/outcome"), "joined");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_invited_accepts_instead() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let grace = app.sign_in("grace@acme.example").await;
    let invitation = ada.invite(&org, "Grace@Acme.example", "admin").await;
    verified(&app, &ada, &org, "acme.example", "automatic").await;
    let refused = join(&grace, &org).await.expect_problem(409, "already_invited");
    assert_eq!(refused.text_at("/invitation"), invitation);
    // Nor does signing in take them in below the role they are invited to.
    app.sign_in("grace@acme.example").await;
    grace.post(&format!("/v1/me/invitations/{invitation}/accept"), Value::Null).await.expect_status(200);
    // An invitation whose time is over gives way.
    ada.invite(&org, "hugo@acme.example", "admin").await;
    app.advance_clock(crate::support::INVITATION_LIFETIME);
    let hugo = app.sign_in("hugo@acme.example").await;
    let events = ada.event_types(&org).await;
    assert_eq!(join(&hugo, &org).await.expect_status(200).text_at("/outcome"), "joined", "{events:?}");
    assert_eq!(ada.event_types(&org).await[events.len()..], ["invitation.expired", "member.joined"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_comes_in_without_a_seat_and_an_overdue_invitation_gives_one() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "portal").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "team", "seats": 2})).await.expect_status(200);
    ada.invite(&org, "x@example.com", "member").await;
    verified(&app, &ada, &org, "acme.example", "automatic").await;
    let grace = app.sign_in("grace@acme.example").await;
    let refused = join(&grace, &org).await.expect_problem(409, "seat_limit");
    assert_eq!((&refused.json()["used"], &refused.json()["total"]), (&json!(2), &json!(2)));
    app.advance_clock(crate::support::INVITATION_LIFETIME);
    assert_eq!(join(&grace, &org).await.expect_status(200).text_at("/outcome"), "joined");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_in_one_studio_at_a_time() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "studio").await;
    verified(&app, &ada, &org, "acme.example", "automatic").await;
    let bob = app.sign_in("bob@example.net").await;
    let other = bob.create_org_with("Other", "studio").await;
    let (grace, _) = bob.bring_in(&other, "grace@acme.example", "member").await;
    app.sign_in("grace@acme.example").await;
    let refused = join(&grace, &org).await.expect_problem(409, "leave_first");
    assert_eq!(refused.text_at("/organization"), other);
    grace.post(&format!("/v1/orgs/{other}/leave"), Value::Null).await.expect_status(200);
    assert_eq!(join(&grace, &org).await.expect_status(200).json()["member"]["licensed"], false);
    let listed = ada.get(&domains(&org)).await.expect_status(200).data();
    assert_eq!(listed.len(), 1);
    app.finish().await;
}
