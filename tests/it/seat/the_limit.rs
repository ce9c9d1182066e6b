//! What the number of seats keeps from happening, and what it does not.

use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use super::{invite, portal, usage};
use crate::support::{DAY, INVITATION_LIFETIME, accept, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_the_last_seat_nobody_is_invited_and_the_refusal_says_what_to_do() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = portal(&app, &ada, 2).await;
    let last = invite(&ada, &org, "bob@example.com").await.expect_status(201).text_at("/id");
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "seat_limit",
          "detail": "2 of 2 seats are in use, and that is not enough. Free one (open invitations count where members do), or get more seats.",
          "request_id": "[request]",
          "status": 409,
          "title": "No free seat",
          "total": 2,
          "type": "/problems/seat_limit",
          "upgrade_url": null,
          "used": 2
        }"#]].assert_eq(&shown(&invite(&ada, &org, "carol@example.com").await));
    let path = format!("/v1/orgs/{org}/invitations?dry_run=true");
    let tried = ada.post(&path, json!({"email": "carol@example.com", "role": "member"})).await;
    tried.expect_problem(409, "seat_limit");
    // Taking an invitation back frees its seat, and so does removing a member.
    ada.delete(&format!("/v1/orgs/{org}/invitations/{last}"), Value::Null).await.expect_status(204);
    let (_, carol) = ada.bring_in(&org, "carol@example.com", "member").await;
    invite(&ada, &org, "bob@example.com").await.expect_problem(409, "seat_limit");
    ada.delete(&format!("/v1/orgs/{org}/members/{carol}"), Value::Null).await.expect_status(200);
    invite(&ada, &org, "bob@example.com").await.expect_status(201);
    assert_eq!(usage(&ada, &org).await, "2/2");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepting_at_the_cap_works_because_the_invitation_holds_the_seat() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = portal(&app, &ada, 2).await;
    invite(&ada, &org, "bob@example.com").await.expect_status(201);
    assert_eq!(usage(&ada, &org).await, "2/2");
    accept(&app.anyone(), &app.anyone().mailed_token("bob@example.com").await).await.expect_status(200);
    assert_eq!(usage(&ada, &org).await, "2/2");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_below_use_takes_nothing_from_anybody_and_lets_nobody_new_in() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = portal(&app, &ada, 4).await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "member").await;
    let carol = invite(&ada, &org, "carol@example.com").await.expect_status(201).text_at("/id");
    let shrunk = app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "business", "seats": 1})).await;
    let seats = shrunk.expect_status(200).json();
    assert_eq!((&seats["text"], &seats["available"]), (&json!("3/1"), &json!(0)));
    bob.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    // What was promised is kept: sent again, and accepted.
    ada.post(&format!("/v1/orgs/{org}/invitations/{carol}/resend"), Value::Null).await.expect_status(200);
    accept(&app.anyone(), &app.anyone().mailed_token("carol@example.com").await).await.expect_status(200);
    let refused = invite(&ada, &org, "dora@example.com").await.expect_problem(409, "seat_limit").json();
    assert_eq!((&refused["used"], &refused["total"]), (&json!(3), &json!(1)));
    // Neither is a seat free once one goes.
    ada.delete(&format!("/v1/orgs/{org}/members/{bob_id}"), Value::Null).await.expect_status(200);
    invite(&ada, &org, "dora@example.com").await.expect_problem(409, "seat_limit");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_past_its_time_gives_its_seat_back_to_the_next_one_by_the_same_command() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = portal(&app, &ada, 3).await;
    let old = invite(&ada, &org, "bob@example.com").await.expect_status(201).text_at("/id");
    app.advance_clock(DAY);
    invite(&ada, &org, "carol@example.com").await.expect_status(201);
    app.advance_clock(INVITATION_LIFETIME - DAY);
    // Only as many go as are needed, the longest overdue first.
    let new = invite(&ada, &org, "dora@example.com").await.expect_status(201).text_at("/id");
    let events = ada.audit(&org).await;
    assert_eq!(texts(&events[5..], "type"), ["invitation.expired", "invitation.created"]);
    assert_eq!((&events[5]["target"]["id"], &events[6]["target"]["id"]), (&json!(old), &json!(new)));
    assert_eq!(app.count("SELECT count(DISTINCT command_id) FROM event WHERE version > 5"), 1);
    assert_eq!(usage(&ada, &org).await, "3/3");
    app.advance_clock(DAY);
    // The same address again needs no other's seat.
    invite(&ada, &org, "carol@example.com").await.expect_status(201);
    invite(&ada, &org, "eve@example.com").await.expect_problem(409, "seat_limit");
    assert_eq!(usage(&ada, &org).await, "3/3");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_smaller_plan_as_many_give_way_as_the_new_one_needs_or_none() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = portal(&app, &ada, 6).await;
    for n in 0..4 {
        invite(&ada, &org, &format!("new{n}@example.com")).await.expect_status(201);
    }
    app.advance_clock(INVITATION_LIFETIME);
    let plan = format!("/v1/orgs/{org}/plan");
    app.operator().put(&plan, json!({"plan": "business", "seats": 1})).await.expect_status(200);
    let refused = invite(&ada, &org, "bob@example.com").await.expect_problem(409, "seat_limit").json();
    assert_eq!((&refused["used"], &refused["total"]), (&json!(1), &json!(1)));
    assert_eq!(usage(&ada, &org).await, "5/1");
    app.operator().put(&plan, json!({"plan": "business", "seats": 3})).await.expect_status(200);
    invite(&ada, &org, "bob@example.com").await.expect_status(201);
    assert_eq!(usage(&ada, &org).await, "3/3");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_in_the_top_role_is_given_back_alike() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "professional"})).await.expect_status(200);
    ada.invite(&org, "viewer@example.com", "viewer").await;
    let old = ada.invite(&org, "bob@example.com", "owner").await;
    app.advance_clock(INVITATION_LIFETIME);
    ada.invite(&org, "carol@example.com", "owner").await;
    let events = ada.audit(&org).await;
    let expired: Vec<_> = events.iter().filter(|event| event["type"] == "invitation.expired").collect();
    assert_eq!(expired.len(), 1, "{expired:?}");
    assert_eq!(expired[0]["target"]["id"], old.as_str());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promotion_takes_the_place_of_an_owner_who_never_came() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    app.operator().put(&format!("/v1/orgs/{org}/plan"), json!({"plan": "professional"})).await.expect_status(200);
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "admin").await;
    ada.invite(&org, "viewer@example.com", "viewer").await;
    let path = format!("/v1/orgs/{org}/members/{bob}/role");
    let old = ada.invite(&org, "carol@example.com", "owner").await;
    ada.put(&path, json!({"role": "owner"})).await.expect_problem(409, "top_role_limit");
    app.advance_clock(INVITATION_LIFETIME);
    ada.put(&path, json!({"role": "owner"})).await.expect_status(200);
    let events = ada.audit(&org).await;
    assert_eq!(texts(&events[events.len() - 2..], "type"), ["invitation.expired", "member.role_changed"]);
    assert_eq!(events[events.len() - 2]["target"]["id"], old.as_str());
    app.finish().await;
}

/// Rules of one's own: a billed owner among as many holders of the top role as the plan says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn billing_is_handed_over_at_the_cap_by_whoever_steps_down_and_by_nobody_else() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "member").await;
    let mut rules = ada.get(&format!("/v1/orgs/{org}/policy")).await.expect_status(200).json();
    rules["name"] = json!("capped");
    rules["top_role"]["holders"] = json!("plan");
    rules["plans"][0]["top_role_holders_max"] = json!(1);
    app.operator().put(&format!("/v1/orgs/{org}/policy"), rules).await.expect_status(200);
    let path = format!("/v1/orgs/{org}/ownership");
    let refused = ada.post(&path, json!({ "member": bob })).await.expect_problem(409, "top_role_limit").json();
    assert_eq!((&refused["used"], &refused["total"]), (&json!(1), &json!(1)));
    ada.post(&path, json!({"member": bob, "my_role": "member"})).await.expect_status(200);
    assert_eq!(app.count("SELECT top_member_count FROM org"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ending_a_membership_frees_is_told_before() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let portal = portal(&app, &ada, 5).await;
    let (bob, bob_id) = ada.bring_in(&portal, "bob@example.com", "member").await;
    let invitation = invite(&ada, &portal, "new@example.com").await.expect_status(201).text_at("/id");
    let studio = super::studio(&app, &ada, 5).await;
    let (_, cem_id) = ada.bring_in(&studio, "cem@example.com", "member").await;
    super::licenses(&ada, &studio, "assign", &[&cem_id]).await.expect_status(200);
    let mut told = Vec::new();
    for (caller, method, path, body) in [
        (&ada, "DELETE", format!("{portal}/members/{bob_id}"), Value::Null),
        (&bob, "POST", format!("{portal}/leave"), Value::Null),
        (&ada, "DELETE", format!("{portal}/invitations/{invitation}"), Value::Null),
        (&ada, "DELETE", portal.clone(), json!({"name": "Acme"})),
        (&ada, "DELETE", format!("{studio}/members/{cem_id}"), Value::Null),
        (&ada, "DELETE", studio.clone(), json!({"name": "Acme"})),
    ] {
        let tried = caller.request(method, &format!("/v1/orgs/{path}?dry_run=true")).json(&body).send().await;
        let tried = tried.expect_status(200).json();
        let freed = ["seats_freed", "licenses_freed"].map(|name| tried["consequences"][name].clone());
        told.push(format!("{}: {freed:?}", tried["events"]));
    }
    expect![[r#"
        ["member.removed"]: [Number(1), Null]
        ["member.left"]: [Number(1), Null]
        ["invitation.cancelled"]: [Number(1), Null]
        ["org.deleted"]: [Number(3), Null]
        ["member.removed"]: [Null, Number(1)]
        ["org.deleted"]: [Null, Number(1)]"#]]
    .assert_eq(&told.join("\n"));
    app.finish().await;
}
