use latchkey_testkit::{Answer, Caller, TestApp, Value, json};

use crate::support::{DAY, NO_LINK, join, make_link};

async fn revoke(caller: &Caller, org: &str, link: &str) -> Answer {
    caller.delete(&format!("/v1/orgs/{org}/invite-links/{link}"), Value::Null).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_link_lets_nobody_in_and_nobody_out() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    let org = ada.create_org("Acme").await;
    let (link, token) = make_link(&ada, &org, json!({"role": "viewer"})).await;
    join(&bob, &token).await.expect_status(200);
    revoke(&ada, &org, &link).await.expect_status(204);
    join(&app.sign_in("carol@example.com").await, &token).await.expect_problem(410, "link_revoked");
    bob.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    assert_eq!(ada.event_types(&org).await[2..], ["invite_link.created", "member.joined", "invite_link.revoked"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoking_what_has_ended_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (revoked, _) = make_link(&ada, &org, json!({"role": "viewer"})).await;
    revoke(&ada, &org, &revoked).await.expect_status(204);
    let (expired, _) = make_link(&ada, &org, json!({"role": "viewer", "expires_in_s": 60})).await;
    app.advance_clock(DAY);
    app.dispatch().await;
    let before = ada.event_types(&org).await;
    revoke(&ada, &org, &revoked).await.expect_status(204);
    revoke(&ada, &org, &expired).await.expect_status(204);
    assert_eq!(ada.event_types(&org).await, before);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_revokes_links_to_the_roles_it_may_invite() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, _) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (viewer, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let (to_owner, _) = make_link(&ada, &org, json!({"role": "owner"})).await;
    let (to_viewer, _) = make_link(&ada, &org, json!({"role": "viewer"})).await;
    revoke(&admin, &org, &to_owner).await.expect_problem(403, "role_out_of_reach");
    revoke(&viewer, &org, &to_viewer).await.expect_problem(403, "forbidden");
    revoke(&admin, &org, NO_LINK).await.expect_problem(404, "not_found");
    revoke(&admin, &org, "bulk").await.expect_problem(404, "not_found");
    revoke(&app.sign_in("eve@example.com").await, &org, &to_viewer).await.expect_problem(404, "not_found");
    revoke(&admin, &org, &to_viewer).await.expect_status(204);
    app.finish().await;
}
