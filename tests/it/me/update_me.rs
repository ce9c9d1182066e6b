use expect_test::expect;
use latchkey_testkit::{TestApp, json, shown};

use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_display_name_is_set_kept_and_cleared() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let set = ada.patch("/v1/me", json!({"display_name": "  Ada Löwe "})).await;
    expect![[r#"
        200
        {
          "created_at": "[time]",
          "display_name": "Ada Löwe",
          "email": "ada@example.com",
          "id": "usr#1"
        }"#]]
    .assert_eq(&shown(&set));
    assert_eq!(ada.patch("/v1/me", json!({})).await.expect_status(200).json(), set.json());
    assert_eq!(ada.get("/v1/me").await.json(), set.json());
    let cleared = ada.patch("/v1/me", json!({"display_name": null})).await.expect_status(200);
    assert!(cleared.json()["display_name"].is_null());
    assert!(ada.get("/v1/me").await.json()["display_name"].is_null());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_name_shows_and_is_found_in_every_organization_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org("Acme").await, ada.create_org("Beta").await);
    ada.patch("/v1/me", json!({"display_name": "Ada"})).await.expect_status(200);
    ada.patch("/v1/me", json!({"display_name": "Grace Hopper"})).await.expect_status(200);
    for org in [&acme, &beta] {
        let found = ada.get(&format!("/v1/orgs/{org}/members?search=hop")).await.expect_status(200).data();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["display_name"], "Grace Hopper");
        // The address still starts with the old name; its words alone are gone.
        assert_eq!(ada.get(&format!("/v1/orgs/{org}/members?search=ada")).await.data().len(), 1);
        assert_eq!(
            ada.event_types(org).await,
            ["org.created", "member.joined"],
            "an account is in no organization's log"
        );
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_none_is_refused_by_field() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for wrong in [json!(""), json!("   "), json!("é".repeat(101)), json!("a\nb"), json!("a\u{202e}b")] {
        let refused = ada.patch("/v1/me", json!({ "display_name": wrong })).await;
        assert_eq!(wrong_fields(refused), ["display_name invalid"], "{wrong}");
    }
    let refused = ada.patch("/v1/me", json!({"display_name": 7, "email": "eve@example.com"})).await;
    assert_eq!(wrong_fields(refused), ["display_name wrong_type", "email unknown"]);
    ada.patch("/v1/me", json!({"display_name": "é".repeat(100)})).await.expect_status(200);
    app.anyone().patch("/v1/me", json!({"display_name": "Eve"})).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
