use expect_test::expect;
use latchkey_testkit::{TestApp, shown};

use super::{invite, portal, studio, usage};
use crate::support::NO_ORG;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_and_open_invitations_fill_the_seats_of_a_portal() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = portal(&app, &ada, 100).await;
    ada.bring_in(&org, "bob@example.com", "member").await;
    invite(&ada, &org, "carol@example.com").await.expect_status(201);
    expect![[r#"
        200
        etag: "7"
        {
          "available": 97,
          "counts": "Active members and open invitations each fill a seat.",
          "licensed": 0,
          "members": 2,
          "mode": "members",
          "pending_invitations": 1,
          "plan": "business",
          "plan_title": "Business",
          "text": "3/100",
          "total": 100,
          "upgrade_url": null,
          "used": 3
        }"#]]
    .assert_eq(&shown(&ada.get(&format!("/v1/orgs/{org}/seats")).await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn licences_fill_the_seats_of_a_studio_and_members_do_not() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = studio(&app, &ada, 10).await;
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "member").await;
    super::licenses(&ada, &org, "assign", &[&bob]).await.expect_status(200);
    expect![[r#"
        200
        etag: "7"
        {
          "available": 9,
          "counts": "Each assigned licence fills a seat; being a member does not.",
          "licensed": 1,
          "members": 2,
          "mode": "licenses",
          "pending_invitations": 0,
          "plan": "team",
          "plan_title": "Team",
          "text": "1 of 10 licenses assigned",
          "total": 10,
          "upgrade_url": null,
          "used": 1
        }"#]]
    .assert_eq(&shown(&ada.get(&format!("/v1/orgs/{org}/seats")).await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_fills_a_seat_where_nothing_is_sold_by_the_seat() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    expect![[r#"
        200
        etag: "2"
        {
          "available": null,
          "counts": "Nothing fills a seat: the organization may have any number of members.",
          "licensed": 0,
          "members": 1,
          "mode": "none",
          "pending_invitations": 0,
          "plan": "standard",
          "plan_title": "Standard",
          "text": "1 member, no limit",
          "total": null,
          "upgrade_url": null,
          "used": 0
        }"#]]
    .assert_eq(&shown(&ada.get(&format!("/v1/orgs/{org}/seats")).await));
    ada.bring_in(&org, "bob@example.com", "viewer").await;
    assert_eq!(usage(&ada, &org).await, "2 members, no limit");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_without_a_number_has_no_limit() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let portal = super::sold_with(&app, &ada, "portal", latchkey_testkit::json!({"plan": "enterprise"})).await;
    assert_eq!(usage(&ada, &portal).await, "1 seat, no limit");
    let studio = super::sold_with(&app, &ada, "studio", latchkey_testkit::json!({"plan": "enterprise"})).await;
    assert_eq!(usage(&ada, &studio).await, "0 licenses assigned, no limit");
    let seats = ada.get(&format!("/v1/orgs/{studio}/seats")).await.json();
    assert!(seats["total"].is_null() && seats["available"].is_null(), "{seats}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_member_and_the_operator_may_look_and_nobody_else() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = portal(&app, &ada, 5).await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "member").await;
    let eve = app.sign_in("eve@example.com").await;
    let path = format!("/v1/orgs/{org}/seats");
    assert_eq!(usage(&bob, &org).await, "2/5");
    assert_eq!(usage(&app.operator(), &org).await, "2/5");
    eve.get(&path).await.expect_problem(404, "not_found");
    app.operator().get(&format!("/v1/orgs/{NO_ORG}/seats")).await.expect_problem(404, "not_found");
    app.anyone().get(&path).await.expect_problem(401, "unauthenticated");
    app.anyone().bearer("the-operator-token-of-nobody").get(&path).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deployment_says_where_more_is_sold_unless_the_organization_does() {
    let app = TestApp::start_with(|config| config.variable("upgrade_url", "https://example.com/buy")).await;
    let ada = app.sign_in("ada@example.com").await;
    let org = portal(&app, &ada, 1).await;
    let path = format!("/v1/orgs/{org}/seats");
    assert_eq!(ada.get(&path).await.text_at("/upgrade_url"), "https://example.com/buy");
    let refused = invite(&ada, &org, "bob@example.com").await.expect_problem(409, "seat_limit");
    assert_eq!(refused.text_at("/upgrade_url"), "https://example.com/buy");
    let plan = latchkey_testkit::json!({"plan": "business", "seats": 1, "upgrade_url": "https://acme.example/more"});
    ada.put(&format!("/v1/orgs/{org}/plan"), plan).await.expect_status(200);
    assert_eq!(ada.get(&path).await.text_at("/upgrade_url"), "https://acme.example/more");
    let refused = invite(&ada, &org, "bob@example.com").await.expect_problem(409, "seat_limit");
    assert_eq!(refused.text_at("/upgrade_url"), "https://acme.example/more");
    app.finish().await;
}
