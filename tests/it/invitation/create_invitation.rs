use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, redacted, shown};

use crate::support::{INVITATION_LIFETIME, NO_ORG, accept, texts, wrong_fields};

async fn invite(caller: &Caller, org: &str, email: &str, role: &str) -> Answer {
    caller.post(&format!("/v1/orgs/{org}/invitations"), json!({"email": email, "role": role})).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_mailed_and_its_token_is_nowhere_else() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    ada.patch("/v1/me", json!({"display_name": "Ada"})).await.expect_status(200);
    let org = ada.create_org("Acme").await;
    let created = invite(&ada, &org, " Bob@Example.com ", "admin").await;
    expect![[r#"
        201
        etag: "3"
        location: /v1/orgs/org#1/invitations/inv#1
        {
          "email": "Bob@Example.com",
          "expires_at": "[time]",
          "id": "inv#1",
          "invited_at": "[time]",
          "invited_by": "mem#1",
          "mail": "queued",
          "mail_error": null,
          "project": null,
          "role": "admin",
          "sent_at": "[time]",
          "status": "pending"
        }"#]]
    .assert_eq(&shown(&created));
    let id = created.text_at("/id");
    assert_eq!(created.header("location"), Some(format!("/v1/orgs/{org}/invitations/{id}").as_str()));
    let mail = app.anyone().newest_mail("bob@example.com").await;
    expect![[r#"
        {
          "code": null,
          "created_at": "[time]",
          "html": "[html]",
          "id": "invitation:inv#1:1",
          "kind": "invitation",
          "subject": "Ada invites you to Acme on Latchkey",
          "text": "Ada invites you to join Acme as Admin.\n\nAccept or decline: http://latchkey.test/invitation#[lki token]\n\nThe invitation expires on [day]. If you do not know what it is about, ignore it: nothing happens.\n",
          "to": "Bob@Example.com",
          "token": "[lki token]"
        }"#]].assert_eq(&redacted(&mail));
    let listed = ada.get(&format!("/v1/orgs/{org}/invitations")).await.expect_status(200);
    assert_eq!(listed.data(), [created.json()]);
    assert!(!listed.text.contains("lki_"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_invited_once_however_it_is_typed() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let first = ada.invite(&org, "bob@Bücher.example", "viewer").await;
    let refused = invite(&ada, &org, "BOB@xn--bcher-kva.EXAMPLE", "admin").await;
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "already_invited",
          "detail": "That address already has a pending invitation. Send it again, or cancel it first.",
          "invitation": "inv#1",
          "request_id": "[request]",
          "status": 409,
          "title": "Already invited",
          "type": "/problems/already_invited"
        }"#]]
    .assert_eq(&shown(&refused));
    assert_eq!(refused.text_at("/invitation"), first);
    // Another organization is another matter.
    let beta = ada.create_org("Beta").await;
    ada.invite(&beta, "bob@bücher.example", "viewer").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_not_invited() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (_, bob_id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let refused = invite(&ada, &org, "Bob@Example.com", "admin").await;
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "already_member",
          "detail": "That address already belongs to a member.",
          "member": "mem#1",
          "request_id": "[request]",
          "status": 409,
          "title": "Already a member",
          "type": "/problems/already_member"
        }"#]]
    .assert_eq(&shown(&refused));
    assert_eq!(refused.text_at("/member"), bob_id);
    invite(&ada, &org, "ada@example.com", "admin").await.expect_problem(409, "already_member");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_invites_only_the_roles_in_its_reach() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, _) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (viewer, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    expect![[r#"
        403
        content-type: application/problem+json
        {
          "action": "invite",
          "code": "role_out_of_reach",
          "detail": "Your role admin may not invite owner. Ask somebody whose role may.",
          "request_id": "[request]",
          "role": "admin",
          "status": 403,
          "target_role": "owner",
          "title": "Your role does not reach that role",
          "type": "/problems/role_out_of_reach"
        }"#]]
    .assert_eq(&shown(&invite(&admin, &org, "dan@example.com", "owner").await));
    let refused = invite(&viewer, &org, "dan@example.com", "viewer").await.expect_problem(403, "forbidden");
    assert_eq!(refused.json()["permission"], "member.invite");
    expect![[r#"
        422
        content-type: application/problem+json
        {
          "code": "unknown_role",
          "detail": "There is no role janitor. Use one of: owner, admin, issuer, viewer.",
          "errors": [
            {
              "code": "not_allowed",
              "field": "role",
              "message": "There is no role janitor. Use one of: owner, admin, issuer, viewer."
            }
          ],
          "known": [
            "owner",
            "admin",
            "issuer",
            "viewer"
          ],
          "request_id": "[request]",
          "status": 422,
          "title": "The organization has no such role",
          "type": "/problems/unknown_role"
        }"#]]
    .assert_eq(&shown(&invite(&ada, &org, "dan@example.com", "janitor").await));
    invite(&admin, &org, "dan@example.com", "admin").await.expect_status(201);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plan_says_how_many_hold_the_top_role() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "top_role_limit",
          "detail": "owner: 1 of 1 on plan free, pending invitations included. Upgrade, or give another role.",
          "plan": "free",
          "request_id": "[request]",
          "role": "owner",
          "status": 409,
          "title": "No more holders of the top role",
          "total": 1,
          "type": "/problems/top_role_limit",
          "upgrade_url": null,
          "used": 1
        }"#]]
    .assert_eq(&shown(&invite(&ada, &org, "bob@example.com", "owner").await));
    assert_eq!(ada.event_types(&org).await, ["org.created", "member.joined"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_invited_again_once_its_invitation_has_ended() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let cancelled = ada.invite(&org, "bob@example.com", "viewer").await;
    ada.delete(&format!("/v1/orgs/{org}/invitations/{cancelled}"), Value::Null).await.expect_status(204);
    ada.invite(&org, "bob@example.com", "viewer").await;
    let token = app.anyone().mailed_token("bob@example.com").await;
    app.anyone().post("/v1/invitations/decline", json!({ "token": token })).await.expect_status(204);
    ada.invite(&org, "bob@example.com", "viewer").await;
    app.advance_clock(INVITATION_LIFETIME);
    app.dispatch().await;
    ada.invite(&org, "bob@example.com", "admin").await;
    let joined = accept(&app.anyone(), &app.anyone().mailed_token("bob@example.com").await).await.expect_status(200);
    assert_eq!(joined.text_at("/member/role"), "admin");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inviting_an_address_whose_time_is_over_says_so_in_the_log_by_the_same_command() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let old = ada.invite(&org, "bob@example.com", "viewer").await;
    app.advance_clock(INVITATION_LIFETIME);
    let path = format!("/v1/orgs/{org}/invitations?dry_run=true");
    let tried = ada.post(&path, json!({"email": "bob@example.com", "role": "viewer"})).await;
    expect![[r#"
        200
        {
          "consequences": {
            "member_count_change": 0,
            "pending_invitation_count_change": 0,
            "status": 201
          },
          "dry_run": true,
          "events": [
            "invitation.expired",
            "invitation.created"
          ]
        }"#]]
    .assert_eq(&shown(&tried));
    let new = ada.invite(&org, "bob@example.com", "viewer").await;
    let events = ada.audit(&org).await;
    assert_eq!(texts(&events[2..], "type"), ["invitation.created", "invitation.expired", "invitation.created"]);
    assert_eq!(events[3]["target"]["id"], old.as_str());
    assert_eq!(events[4]["target"]["id"], new.as_str());
    assert_eq!(app.count("SELECT count(DISTINCT command_id) FROM event WHERE version > 3"), 1);
    let org = ada.get(&format!("/v1/orgs/{org}")).await.expect_status(200).json();
    assert_eq!(org["pending_invitation_count"], 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/invitations");
    let send = |body| async { wrong_fields(ada.post(&path, body).await) };
    assert_eq!(send(json!({})).await, ["email required", "role required"]);
    let wrong = json!({"email": "bob@", "role": "No Such", "message": "Hi", "resend": true});
    assert_eq!(send(wrong).await, ["email invalid", "role invalid", "message unknown", "resend unknown"]);
    assert_eq!(send(json!({"email": ["bob@example.com"], "role": 1})).await, ["email wrong_type", "role wrong_type"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_invite_nobody() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let eve = app.sign_in("eve@example.com").await;
    invite(&eve, &org, "eve@example.com", "viewer").await.expect_problem(404, "not_found");
    invite(&eve, NO_ORG, "eve@example.com", "viewer").await.expect_problem(404, "not_found");
    invite(&app.anyone(), &org, "eve@example.com", "viewer").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
