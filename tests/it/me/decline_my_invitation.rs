use latchkey_testkit::{Answer, Caller, TestApp, Value, json};

use crate::support::{INVITATION_LIFETIME, NO_INVITATION, text};

async fn decline(caller: &Caller, invitation: &str) -> Answer {
    caller.post(&format!("/v1/me/invitations/{invitation}/decline"), Value::Null).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declining_ends_the_invitation_and_declining_again_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let invitation = ada.invite(&org, "bob@example.com", "viewer").await;
    let bob = app.sign_in("bob@example.com").await;
    let declined = decline(&bob, &invitation).await.expect_status(204);
    assert_eq!(declined.text, "");
    decline(&bob, &invitation).await.expect_status(204);
    let events = ada.audit(&org).await;
    assert_eq!(events.len(), 4, "{events:?}");
    assert_eq!(text(&events[3]["type"]), "invitation.declined");
    assert_eq!(text(&events[3]["actor"]["email"]), "bob@example.com");
    let listed = ada.get(&format!("/v1/orgs/{org}/invitations")).await.expect_status(200);
    assert_eq!(listed.text_at("/data/0/status"), "declined");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_open_invitation_of_ones_own_can_be_declined() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let bob = app.sign_in("bob@example.com").await;
    let invite = async |name: &str| {
        let org = ada.create_org(name).await;
        let invitation = ada.invite(&org, "bob@example.com", "viewer").await;
        (org, invitation)
    };
    let (_, own) = invite("Own").await;
    let eve = app.sign_in("eve@example.com").await;
    decline(&eve, &own).await.expect_problem(404, "not_found");
    decline(&bob, NO_INVITATION).await.expect_problem(404, "not_found");
    decline(&bob, "x").await.expect_problem(404, "not_found");
    decline(&app.anyone(), &own).await.expect_problem(401, "unauthenticated");

    let (_, used) = invite("Used").await;
    bob.post(&format!("/v1/me/invitations/{used}/accept"), Value::Null).await.expect_status(200);
    decline(&bob, &used).await.expect_problem(410, "invitation_used");

    let (org, cancelled) = invite("Cancelled").await;
    ada.delete(&format!("/v1/orgs/{org}/invitations/{cancelled}"), Value::Null).await.expect_status(204);
    decline(&bob, &cancelled).await.expect_problem(410, "invitation_cancelled");

    let (org, deleted) = invite("Deleted").await;
    ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Deleted"})).await.expect_status(204);
    decline(&bob, &deleted).await.expect_problem(410, "invitation_cancelled");

    app.advance_clock(INVITATION_LIFETIME);
    decline(&bob, &own).await.expect_problem(410, "invitation_expired");
    app.dispatch().await;
    decline(&bob, &own).await.expect_problem(410, "invitation_expired");
    app.finish().await;
}
