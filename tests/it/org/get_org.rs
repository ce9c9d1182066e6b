use expect_test::expect;
use latchkey_testkit::{TestApp, json, shown};

use crate::support::NO_ORG;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_reads_the_organization_as_it_is_now() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    ada.invite(&org, "carol@example.com", "viewer").await;
    expect![[r#"
        200
        etag: "6"
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
          "pending_invitation_count": 1,
          "plan": "free",
          "policy": "credentials",
          "reauth_after_s": null,
          "upgrade_url": null,
          "version": 6
        }"#]]
    .assert_eq(&shown(&bob.get(&format!("/v1/orgs/{org}")).await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn to_anybody_else_it_does_not_exist() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let eve = app.sign_in("eve@example.com").await;
    let foreign = eve.get(&format!("/v1/orgs/{org}")).await.expect_problem(404, "not_found");
    let unknown = eve.get(&format!("/v1/orgs/{NO_ORG}")).await.expect_problem(404, "not_found");
    assert_eq!(shown(&foreign), shown(&unknown), "the answer does not tell which of them exists");
    for wrong in ["x", "org_", "ORG_019392d1c4b87d00a1b2c3d4e5f60718", "%2e%2e", "mem_019392d1c4b87d00a1b2c3d4e5f60718"]
    {
        eve.get(&format!("/v1/orgs/{wrong}")).await.expect_problem(404, "not_found");
    }
    app.anyone().get(&format!("/v1/orgs/{org}")).await.expect_problem(401, "unauthenticated");
    ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(204);
    ada.get(&format!("/v1/orgs/{org}")).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_administrator_is_advised_to_appoint_a_second() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let created = ada.post("/v1/orgs", json!({"name": "Acme", "policy": "platform"})).await.expect_status(201);
    let org = created.text_at("/id");
    let hints = async |who: &latchkey_testkit::Caller| {
        who.get(&format!("/v1/orgs/{org}")).await.expect_status(200).json()["hints"].clone()
    };
    assert_eq!(created.json()["hints"], hints(&ada).await);
    expect![[r#"[{"code":"appoint_second","text":"You are the only Administrator. Give the role to a second member, so that one of you is there when it matters."}]"#]].assert_eq(&hints(&ada).await.to_string());
    let (viewer, _) = ada.bring_in(&org, "vic@example.com", "viewer").await;
    assert_eq!(hints(&viewer).await, json!([]), "it is not theirs to do");
    ada.bring_in(&org, "bob@example.com", "administrator").await;
    assert_eq!(hints(&ada).await, json!([]));
    app.finish().await;
}
