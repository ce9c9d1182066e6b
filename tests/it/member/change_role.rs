use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, json, shown};

use crate::support::{NO_MEMBER, accept, my_member_id};

async fn change(caller: &Caller, org: &str, member: &str, role: &str) -> Answer {
    let path = format!("/v1/orgs/{org}/members/{member}/role");
    caller.request("PUT", &path).json(&json!({ "role": role })).send().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_role_counts_on_the_members_very_next_request() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let invitations = format!("/v1/orgs/{org}/invitations");
    let invite = |email: &str| json!({"email": email, "role": "viewer"});
    bob.post(&invitations, invite("c@example.com")).await.expect_problem(403, "forbidden");

    let promoted = change(&ada, &org, &bob_id, "admin").await;
    expect![[r#"
        200
        etag: "6"
        {
          "billed_owner": false,
          "came_by": "invitation",
          "display_name": null,
          "email": "bob@example.com",
          "expires_at": null,
          "id": "mem#1",
          "invited_at": null,
          "invited_by": null,
          "joined_at": "[time]",
          "last_active_at": "[time]",
          "licensed": false,
          "limits": {},
          "restrictions": null,
          "role": "admin",
          "status": "active",
          "tier": null,
          "user_id": "usr#1"
        }"#]]
    .assert_eq(&shown(&promoted));
    bob.post(&invitations, invite("c@example.com")).await.expect_status(201);

    change(&ada, &org, &bob_id, "issuer").await.expect_status(200);
    bob.post(&invitations, invite("d@example.com")).await.expect_problem(403, "forbidden");
    let events = ada.audit(&org).await;
    let changes: Vec<_> = events.iter().filter(|event| event["type"] == "member.role_changed").collect();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0]["data"], json!({"role": "admin", "was": "viewer"}));
    assert_eq!(changes[0]["target"]["id"], bob_id);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_present_role_again_appends_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (_, bob_id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let before = ada.event_types(&org).await;
    change(&ada, &org, &bob_id, "viewer").await.expect_status(200);
    assert_eq!(ada.event_types(&org).await, before);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_changes_what_their_role_does_not_reach() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (_, carol_id) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let ada_id = my_member_id(&ada, &org).await;
    change(&bob, &org, &carol_id, "issuer").await.expect_problem(403, "forbidden");
    change(&bob, &org, &bob_id, "owner").await.expect_problem(403, "role_out_of_reach");
    change(&bob, &org, &ada_id, "viewer").await.expect_problem(403, "forbidden");
    change(&ada, &org, &carol_id, "emperor").await.expect_problem(422, "unknown_role");
    change(&ada, &org, NO_MEMBER, "viewer").await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_owner_cannot_step_down_and_the_plan_caps_owners() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (_, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let ada_id = my_member_id(&ada, &org).await;
    change(&ada, &org, &ada_id, "admin").await.expect_problem(409, "last_top_role_holder");
    let refused = change(&ada, &org, &bob_id, "owner").await.expect_problem(409, "top_role_limit");
    assert_eq!((&refused.json()["used"], &refused.json()["total"]), (&json!(1), &json!(1)));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demoted_inviters_open_invitations_are_worth_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    bob.invite(&org, "carol@example.com", "viewer").await;
    let token = app.anyone().mailed_token("carol@example.com").await;
    change(&ada, &org, &bob_id, "viewer").await.expect_status(200);
    accept(&app.anyone(), &token).await.expect_problem(409, "inviter_lost_right");
    change(&ada, &org, &bob_id, "admin").await.expect_status(200);
    accept(&app.anyone(), &token).await.expect_status(200);
    app.finish().await;
}
