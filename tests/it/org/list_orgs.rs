use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use crate::support::{pages, text, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_lists_the_organizations_they_are_in_with_their_role() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let bob = app.sign_in("bob@example.com").await;
    let acme = ada.create_org("Acme").await;
    bob.create_org("Bob's own").await;
    let invitation = ada.invite(&acme, "bob@example.com", "viewer").await;
    bob.post(&format!("/v1/me/invitations/{invitation}/accept"), Value::Null).await.expect_status(200);
    ada.create_org("Ada's own").await;
    let mine = bob.get("/v1/orgs").await;
    expect![[r#"
        200
        {
          "data": [
            {
              "activity_retention_days": null,
              "auto_join_role": "viewer",
              "billed_owner": null,
              "created_at": "[time]",
              "email_notifications": true,
              "hints": [],
              "id": "org#1",
              "limits": {},
              "member_count": 2,
              "my_role": "viewer",
              "name": "Acme",
              "pending_invitation_count": 0,
              "plan": "free",
              "policy": "credentials",
              "reauth_after_s": null,
              "upgrade_url": null,
              "version": 5
            },
            {
              "activity_retention_days": null,
              "auto_join_role": "viewer",
              "billed_owner": null,
              "created_at": "[time]",
              "email_notifications": true,
              "hints": [],
              "id": "org#2",
              "limits": {},
              "member_count": 1,
              "my_role": "owner",
              "name": "Bob's own",
              "pending_invitation_count": 0,
              "plan": "free",
              "policy": "credentials",
              "reauth_after_s": null,
              "upgrade_url": null,
              "version": 2
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&mine));
    app.anyone().get("/v1/orgs").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_neither_repeat_nor_skip_while_organizations_come_and_go() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let mut orgs = Vec::new();
    for n in 0..5 {
        orgs.push(ada.create_org(&format!("Org {n}")).await);
    }
    let walked: Vec<Vec<String>> = pages(&ada, "/v1/orgs", 2).await.iter().map(|page| texts(page, "id")).collect();
    assert_eq!(walked, [&orgs[..2], &orgs[2..4], &orgs[4..]]);

    let first = ada.get("/v1/orgs?limit=2").await.expect_status(200);
    ada.delete(&format!("/v1/orgs/{}", orgs[0]), json!({"name": "Org 0"})).await.expect_status(204);
    ada.delete(&format!("/v1/orgs/{}", orgs[1]), json!({"name": "Org 1"})).await.expect_status(204);
    orgs.push(ada.create_org("Org 5").await);
    let cursor = text(&first.json()["next_cursor"]);
    let rest = ada.get(&format!("/v1/orgs?cursor={cursor}")).await.expect_status(200);
    assert_eq!(texts(&rest.data(), "id"), orgs[2..]);
    assert!(rest.json()["next_cursor"].is_null());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_that_one_has_left_is_not_listed() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    assert_eq!(bob.get("/v1/orgs").await.data().len(), 1);
    bob.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    assert!(bob.get("/v1/orgs").await.data().is_empty());
    app.finish().await;
}
