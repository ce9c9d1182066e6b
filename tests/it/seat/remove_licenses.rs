use expect_test::expect;
use latchkey_testkit::{TestApp, shown};

use super::{licenses, studio, usage};
use crate::support::{NO_MEMBER, my_member_id, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_licence_is_taken_back_and_its_seat_is_free_again() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = studio(&app, &ada, 1).await;
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "member").await;
    let me = my_member_id(&ada, &org).await;
    licenses(&ada, &org, "assign", &[&bob]).await.expect_status(200);
    licenses(&ada, &org, "assign", &[&me]).await.expect_problem(409, "seat_limit");
    expect![[r#"
        200
        etag: "8"
        {
          "data": [
            {
              "member": "mem#1",
              "outcome": "not_licensed"
            },
            {
              "member": "mem#2",
              "outcome": "removed"
            }
          ],
          "seats": {
            "available": 1,
            "counts": "Each assigned licence fills a seat; being a member does not.",
            "licensed": 0,
            "members": 2,
            "mode": "licenses",
            "pending_invitations": 0,
            "plan": "team",
            "plan_title": "Team",
            "text": "0 of 1 licenses assigned",
            "total": 1,
            "upgrade_url": null,
            "used": 0
          }
        }"#]]
    .assert_eq(&shown(&licenses(&ada, &org, "remove", &[&me, &bob]).await));
    assert_eq!(ada.event_types(&org).await.last().unwrap(), "license.removed");
    licenses(&ada, &org, "assign", &[&me]).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taking_back_what_nobody_has_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = studio(&app, &ada, 1).await;
    let me = my_member_id(&ada, &org).await;
    let events = ada.audit(&org).await.len();
    licenses(&ada, &org, "remove", &[&me]).await.expect_status(200);
    assert_eq!(ada.audit(&org).await.len(), events);
    assert_eq!(wrong_fields(licenses(&ada, &org, "remove", &[&me, NO_MEMBER]).await), ["members[1] not_allowed"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_licences_than_seats_stay_until_they_are_taken_back() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = studio(&app, &ada, 2).await;
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "member").await;
    let me = my_member_id(&ada, &org).await;
    licenses(&ada, &org, "assign", &[&bob, &me]).await.expect_status(200);
    let fewer = latchkey_testkit::json!({"plan": "team", "seats": 0});
    app.operator().put(&format!("/v1/orgs/{org}/plan"), fewer).await.expect_status(200);
    assert_eq!(usage(&ada, &org).await, "2 of 0 licenses assigned");
    licenses(&ada, &org, "remove", &[&bob]).await.expect_status(200);
    licenses(&ada, &org, "assign", &[&bob]).await.expect_problem(409, "seat_limit");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_assign_may_not_take_back() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = studio(&app, &ada, 1).await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    licenses(&bob, &org, "remove", &[&id]).await.expect_problem(403, "forbidden");
    let portal = ada.create_org_with("Portal", "portal").await;
    let me = my_member_id(&ada, &portal).await;
    licenses(&ada, &portal, "remove", &[&me]).await.expect_problem(409, "licenses_off");
    app.finish().await;
}
