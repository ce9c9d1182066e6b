use expect_test::expect;
use latchkey_testkit::{TestApp, json, redacted, shown};

use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_is_renamed_and_the_log_keeps_the_old_name() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let renamed = ada.patch(&path, json!({"name": " Acme & Co "})).await;
    expect![[r#"
        200
        etag: "3"
        {
          "activity_retention_days": null,
          "auto_join_role": "viewer",
          "billed_owner": null,
          "created_at": "[time]",
          "email_notifications": true,
          "hints": [],
          "id": "org#1",
          "limits": {},
          "member_count": 1,
          "my_role": "owner",
          "name": "Acme & Co",
          "pending_invitation_count": 0,
          "plan": "free",
          "policy": "credentials",
          "reauth_after_s": null,
          "upgrade_url": null,
          "version": 3
        }"#]]
    .assert_eq(&shown(&renamed));
    assert_eq!(ada.get(&path).await.json(), renamed.json());
    expect![[r#"
        {
          "actor": {
            "display_name": null,
            "email": "ada@example.com",
            "id": "usr#1",
            "kind": "user"
          },
          "at": "[time]",
          "data": {
            "name": "Acme & Co",
            "was": "Acme"
          },
          "effective_at": "[time]",
          "id": "evt#1",
          "ip": null,
          "kind": "event",
          "leaf_hash": "[hash]",
          "member": null,
          "project": null,
          "received_at": null,
          "target": {
            "id": "org#1",
            "type": "organization"
          },
          "type": "org.renamed",
          "user_agent": null,
          "version": 3
        }"#]]
    .assert_eq(&redacted(&ada.audit(&org).await[2]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_present_name_again_appends_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let same = ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(200);
    assert_eq!(same.json()["version"], 2);
    assert_eq!(same.header("etag"), Some("\"2\""));
    assert_eq!(ada.event_types(&org).await, ["org.created", "member.joined"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_without_the_right_does_not_rename() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let refused = viewer.patch(&path, json!({"name": "Bob's"})).await;
    expect![[r#"
        403
        content-type: application/problem+json
        {
          "code": "forbidden",
          "detail": "Your role viewer does not include org.update. Ask somebody whose role does.",
          "permission": "org.update",
          "request_id": "[request]",
          "role": "viewer",
          "status": 403,
          "title": "Your role does not allow this",
          "type": "/problems/forbidden"
        }"#]]
    .assert_eq(&shown(&refused));
    let eve = app.sign_in("eve@example.com").await;
    eve.patch(&path, json!({"name": "Eve's"})).await.expect_problem(404, "not_found");
    app.anyone().patch(&path, json!({"name": "X"})).await.expect_problem(401, "unauthenticated");
    assert_eq!(wrong_fields(ada.patch(&path, json!({})).await), ["body required"]);
    assert_eq!(wrong_fields(ada.patch(&path, json!({"name": null})).await), ["body required"]);
    let wrong = json!({"name": 7, "email_notifications": "on", "auto_join_role": "An Admin", "plan": "pro"});
    assert_eq!(
        wrong_fields(ada.patch(&path, wrong).await),
        ["name wrong_type", "email_notifications wrong_type", "auto_join_role invalid", "plan unknown"]
    );
    assert_eq!(ada.get(&path).await.text_at("/name"), "Acme");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_change_with_the_name_or_without_it_and_leave_the_rest() {
    let app = TestApp::start_with(|config| config.variable("upgrade_url", "https://shop.example/more")).await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let all = json!({"name": "Beta", "email_notifications": false, "auto_join_role": "issuer"});
    let changed = ada.patch(&path, all.clone()).await.expect_status(200).json();
    assert_eq!(ada.get(&path).await.json(), changed);
    let shown = |it: &latchkey_testkit::Value| {
        (it["name"].clone(), it["email_notifications"].clone(), it["auto_join_role"].clone(), it["upgrade_url"].clone())
    };
    assert_eq!(shown(&changed), (json!("Beta"), json!(false), json!("issuer"), json!("https://shop.example/more")));
    let events = ada.audit(&org).await;
    let (renamed, settings) = (&events[2], &events[3]);
    assert_eq!((&renamed["type"], &settings["type"]), (&json!("org.renamed"), &json!("org.settings_changed")));
    assert_eq!(settings["data"], json!({"email_notifications": false, "auto_join_role": "issuer"}));
    // The same again changes nothing; one of them changes that one.
    assert_eq!(ada.patch(&path, all).await.expect_status(200).json()["version"], 4);
    let on = ada.patch(&path, json!({"email_notifications": true})).await.expect_status(200).json();
    assert_eq!(shown(&on), (json!("Beta"), json!(true), json!("issuer"), json!("https://shop.example/more")));
    assert_eq!(ada.audit(&org).await[4]["data"], json!({"email_notifications": true}));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn activity_is_kept_for_as_long_as_the_organization_says() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    let set = async |days: latchkey_testkit::Value| ada.patch(&path, json!({"activity_retention_days": days})).await;
    let shown = |answer: latchkey_testkit::Answer| {
        let org = answer.expect_status(200).json();
        (org["activity_retention_days"].clone(), org["version"].as_u64().unwrap())
    };
    assert_eq!(shown(ada.get(&path).await), (json!(null), 2));
    assert_eq!(shown(set(json!(null)).await), (json!(null), 2));
    assert_eq!(shown(set(json!(90)).await), (json!(90), 3));
    assert_eq!(shown(ada.patch(&path, json!({"name": "Beta"})).await), (json!(90), 4));
    assert_eq!(shown(set(json!(90)).await), (json!(90), 4));
    assert_eq!(shown(set(json!(null)).await), (json!(null), 5));
    let events = ada.audit(&org).await;
    assert_eq!(events[2]["data"], json!({"activity_retention_days": 90}));
    assert_eq!(events[4]["data"], json!({"activity_retention_days": null}));
    for (wrong, code) in [
        (json!(0), "out_of_range"),
        (json!(40_000), "out_of_range"),
        (json!("9"), "wrong_type"),
        (json!(1.5), "wrong_type"),
    ] {
        assert_eq!(wrong_fields(set(wrong).await), [format!("activity_retention_days {code}")]);
    }
    assert_eq!(shown(ada.get(&path).await), (json!(null), 5));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_without_e_mails_sends_none_and_invitations_wait_where_people_sign_in() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let bob = app.sign_in("bob@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.patch(&format!("/v1/orgs/{org}"), json!({"email_notifications": false})).await.expect_status(200);
    let invitation = ada.invite(&org, "bob@example.com", "viewer").await;
    ada.post(&format!("/v1/orgs/{org}/invitations/{invitation}/resend"), json!(null)).await.expect_status(200);
    assert_eq!(app.count("SELECT count(*) FROM outbox WHERE kind = 'invitation'"), 0);
    assert_eq!(bob.get("/v1/me/invitations").await.data()[0]["id"], invitation.as_str());
    bob.post(&format!("/v1/me/invitations/{invitation}/accept"), json!(null)).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_join_by_themselves_only_in_a_role_that_one_could_invite_to() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}");
    expect![[r#"
        422
        content-type: application/problem+json
        {
          "code": "unknown_role",
          "detail": "Nobody can join by themselves as owner. Use one of: admin, issuer, viewer.",
          "errors": [
            {
              "code": "not_allowed",
              "field": "auto_join_role",
              "message": "Nobody can join by themselves as owner. Use one of: admin, issuer, viewer."
            }
          ],
          "known": [
            "admin",
            "issuer",
            "viewer"
          ],
          "request_id": "[request]",
          "status": 422,
          "title": "The organization has no such role",
          "type": "/problems/unknown_role"
        }"#]]
    .assert_eq(&shown(&ada.patch(&path, json!({"auto_join_role": "owner"})).await));
    ada.patch(&path, json!({"auto_join_role": "emperor"})).await.expect_problem(422, "unknown_role");
    // Under `portal` an admin changes the organization and invites members, not admins.
    let org = ada.create_org_with("Beta", "portal").await;
    let (admin, _) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let path = format!("/v1/orgs/{org}");
    admin.patch(&path, json!({"auto_join_role": "admin"})).await.expect_problem(403, "role_out_of_reach");
    ada.patch(&path, json!({"auto_join_role": "admin"})).await.expect_status(200);
    admin.patch(&path, json!({"auto_join_role": "member"})).await.expect_status(200);
    app.finish().await;
}
