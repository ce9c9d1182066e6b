use expect_test::expect;
use latchkey_testkit::{TestApp, Value, shown};

use crate::support::{NO_MEMBER, my_member_id};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_read_also_once_they_are_gone() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let (carol, carol_id) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let path = |id: &str| format!("/v1/orgs/{org}/members/{id}");
    expect![[r#"
        200
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
          "restrictions": {},
          "role": "viewer",
          "status": "active",
          "tier": null,
          "user_id": "usr#1"
        }"#]]
    .assert_eq(&shown(&bob.get(&path(&bob_id)).await));
    ada.delete(&path(&bob_id), Value::Null).await.expect_status(200);
    carol.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    assert_eq!(ada.get(&path(&bob_id)).await.expect_status(200).text_at("/status"), "removed");
    assert_eq!(ada.get(&path(&carol_id)).await.expect_status(200).text_at("/status"), "left");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_of_another_organization_does_not_exist_in_this_one() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    let in_beta = my_member_id(&ada, &beta).await;
    let invitation = ada.invite(&acme, "bob@example.com", "viewer").await;
    for wrong in [in_beta.as_str(), NO_MEMBER, "x", &invitation] {
        ada.get(&format!("/v1/orgs/{acme}/members/{wrong}")).await.expect_problem(404, "not_found");
    }
    let eve = app.sign_in("eve@example.com").await;
    eve.get(&format!("/v1/orgs/{beta}/members/{in_beta}")).await.expect_problem(404, "not_found");
    app.anyone().get(&format!("/v1/orgs/{beta}/members/{in_beta}")).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
