use expect_test::expect;
use latchkey_testkit::{TestApp, Value, json, shown};

use crate::support::{INVITATION_LIFETIME, NO_INVITATION, accept, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_alone_makes_account_session_and_membership_in_one_go() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "Bob@Example.com", "admin").await;
    let token = app.anyone().mailed_token("bob@example.com").await;
    let body = json!({"token": token, "display_name": "Bob"});
    let accepted = app.anyone().post("/v1/invitations/accept", body).await;
    expect![[r#"
        200
        etag: "5"
        set-cookie: latchkey_session=[lks token]; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax
        {
          "member": {
            "billed_owner": false,
            "came_by": "invitation",
            "display_name": "Bob",
            "email": "Bob@Example.com",
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
          },
          "organization": {
            "id": "org#1",
            "name": "Acme"
          },
          "outcome": "joined",
          "project": null,
          "project_member": null,
          "session": {
            "expires_at": "[time]",
            "token": "[lks token]"
          }
        }"#]]
    .assert_eq(&shown(&accepted));
    let session = accepted.text_at("/session/token");
    assert!(accepted.header("set-cookie").unwrap().contains(&format!("={session};")), "the cookie is the same session");
    let bob = app.anyone().bearer(&session);
    let me = bob.get("/v1/me").await.expect_status(200).json();
    assert_eq!((&me["email"], &me["display_name"]), (&json!("Bob@Example.com"), &json!("Bob")));
    assert_eq!(bob.get(&format!("/v1/orgs/{org}")).await.expect_status(200).text_at("/my_role"), "admin");
    let events = ada.audit(&org).await;
    assert_eq!(events[3]["actor"]["email"], "Bob@Example.com");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_with_an_account_wants_that_accounts_session() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let bob = app.sign_in("bob@example.com").await;
    let eve = app.sign_in("eve@example.com").await;
    ada.invite(&org, "BOB@example.com", "viewer").await;
    let token = app.anyone().mailed_token("bob@example.com").await;
    expect![[r#"
        401
        content-type: application/problem+json
        www-authenticate: Bearer
        {
          "code": "sign_in_to_accept",
          "detail": "The invited address has an account. Sign in with it, then answer the invitation.",
          "request_id": "[request]",
          "status": 401,
          "title": "Sign in to answer this invitation",
          "type": "/problems/sign_in_to_accept"
        }"#]]
    .assert_eq(&shown(&accept(&app.anyone(), &token).await));
    expect![[r#"
        403
        content-type: application/problem+json
        {
          "code": "invitation_for_another_account",
          "detail": "This invitation is for another address than your account's. Sign in with the address it was sent to.",
          "request_id": "[request]",
          "status": 403,
          "title": "The invitation is for another account",
          "type": "/problems/invitation_for_another_account"
        }"#]].assert_eq(&shown(&accept(&eve, &token).await));
    let body = json!({"token": token, "display_name": "Robert"});
    let accepted = bob.post("/v1/invitations/accept", body).await.expect_status(200).json();
    assert_eq!(accepted["outcome"], "joined");
    assert!(accepted["member"]["display_name"].is_null(), "an account keeps its own name");
    assert!(accepted["session"].is_null(), "whoever is signed in needs no other session");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_click_tells_the_member_that_they_are_in() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let token = app.anyone().mailed_token("bob@example.com").await;
    let again = accept(&bob, &token).await.expect_status(200);
    assert_eq!((again.text_at("/outcome"), again.text_at("/member/id")), ("already_member".to_owned(), bob_id));
    expect![[r#"
        410
        content-type: application/problem+json
        {
          "code": "invitation_used",
          "detail": "This invitation is used. If it was you who accepted it, sign in with the address it was sent to.",
          "organization": "org#1",
          "request_id": "[request]",
          "status": 410,
          "title": "The invitation is used",
          "type": "/problems/invitation_used"
        }"#]]
    .assert_eq(&shown(&accept(&app.anyone(), &token).await));
    let eve = app.sign_in("eve@example.com").await;
    accept(&eve, &token).await.expect_problem(410, "invitation_used");
    assert_eq!(ada.event_types(&org).await.len(), 5);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_an_invitation_ends_has_its_own_answer() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let anyone = app.anyone();
    let org = ada.create_org("Acme").await;
    let invite = async |email: &str| (ada.invite(&org, email, "viewer").await, anyone.mailed_token(email).await);
    let (id, cancelled) = invite("cancelled@example.com").await;
    ada.delete(&format!("/v1/orgs/{org}/invitations/{id}"), Value::Null).await.expect_status(204);
    expect![[r#"
        410
        content-type: application/problem+json
        {
          "code": "invitation_cancelled",
          "detail": "This invitation was cancelled. Ask for a new one.",
          "request_id": "[request]",
          "status": 410,
          "title": "The invitation was cancelled",
          "type": "/problems/invitation_cancelled"
        }"#]]
    .assert_eq(&shown(&accept(&anyone, &cancelled).await));
    let (_, declined) = invite("declined@example.com").await;
    anyone.post("/v1/invitations/decline", json!({ "token": declined })).await.expect_status(204);
    expect![[r#"
        410
        content-type: application/problem+json
        {
          "code": "invitation_declined",
          "detail": "This invitation was declined. Ask for a new one.",
          "request_id": "[request]",
          "status": 410,
          "title": "The invitation was declined",
          "type": "/problems/invitation_declined"
        }"#]]
    .assert_eq(&shown(&accept(&anyone, &declined).await));
    let (_, expired) = invite("expired@example.com").await;
    app.advance_clock(INVITATION_LIFETIME);
    expect![[r#"
        410
        content-type: application/problem+json
        {
          "code": "invitation_expired",
          "detail": "This invitation has expired. Ask for it to be sent again.",
          "request_id": "[request]",
          "status": 410,
          "title": "The invitation has expired",
          "type": "/problems/invitation_expired"
        }"#]]
    .assert_eq(&shown(&accept(&anyone, &expired).await));
    app.dispatch().await;
    accept(&anyone, &expired).await.expect_problem(410, "invitation_expired");
    let (_, open) = invite("open@example.com").await;
    ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(204);
    accept(&anyone, &open).await.expect_problem(410, "invitation_cancelled");
    assert_eq!(app.count("SELECT count(*) FROM user"), 1, "nobody got an account by it");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_was_never_mailed_opens_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let anyone = app.anyone();
    let token = anyone.mailed_token("bob@example.com").await;
    let forged = format!("{}{}", &token[..token.len() - 64], "0".repeat(64));
    let unknown = token.replace(&token[4..36], &NO_INVITATION[4..]);
    for wrong in ["x", "lki_", &token[..token.len() - 1], &forged, &unknown] {
        accept(&anyone, wrong).await.expect_problem(404, "invitation_unknown");
    }
    let send = |body| async { wrong_fields(anyone.post("/v1/invitations/accept", body).await) };
    assert_eq!(send(json!({})).await, ["token required"]);
    let wrong = json!({"token": 1, "display_name": "a\nb", "role": "owner"});
    assert_eq!(send(wrong).await, ["token wrong_type", "display_name invalid", "role unknown"]);
    // Whoever sends a session means to act as its person.
    accept(&anyone.clone().bearer("lks_no"), &token).await.expect_problem(401, "unauthenticated");
    assert_eq!(ada.event_types(&org).await.len(), 3);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_scanner_burns_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let anyone = app.anyone();
    let token = anyone.mailed_token("bob@example.com").await;
    for method in ["GET", "HEAD"] {
        let seen = anyone.request(method, &format!("/v1/invitations/accept?token={token}")).send().await;
        assert_eq!((seen.status.as_u16(), seen.header("allow")), (405, Some("POST, OPTIONS")));
    }
    anyone.request("OPTIONS", "/v1/invitations/accept").send().await.expect_status(204);
    // A token belongs into the body, where no log sees it.
    anyone.post(&format!("/v1/invitations/accept?token={token}"), json!({})).await.expect_status(422);
    accept(&anyone, &token).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inviter_who_is_gone_no_longer_lets_anybody_in() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let invitation = bob.invite(&org, "carol@example.com", "viewer").await;
    let token = app.anyone().mailed_token("carol@example.com").await;
    ada.delete(&format!("/v1/orgs/{org}/members/{bob_id}"), Value::Null).await.expect_status(200);
    accept(&app.anyone(), &token).await.expect_problem(409, "inviter_lost_right");
    assert_eq!(app.count("SELECT count(*) FROM user WHERE email_key = 'carol@example.com'"), 0);

    // Who sent it counts, and who sends it again does not take its place; a new invitation does.
    ada.delete(&format!("/v1/orgs/{org}/invitations/{invitation}"), Value::Null).await.expect_status(204);
    ada.invite(&org, "carol@example.com", "viewer").await;
    let token = app.anyone().mailed_token("carol@example.com").await;
    accept(&app.anyone(), &token).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_in_another_exclusive_organization_is_told_to_leave_it_first() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_in("ada@example.com").await, app.sign_in("bob@example.com").await);
    let (bright, solo) = (ada.create_org_with("Bright", "studio").await, bob.create_org_with("Solo", "studio").await);
    let invitation = ada.invite(&bright, "bob@example.com", "admin").await;
    let token = app.anyone().mailed_token("bob@example.com").await;
    let refused = accept(&bob, &token).await.expect_problem(409, "leave_first");
    assert_eq!((refused.text_at("/organization"), refused.text_at("/name")), (solo.clone(), "Solo".to_owned()));
    let mine = format!("/v1/me/invitations/{invitation}/accept");
    bob.post(&mine, Value::Null).await.expect_problem(409, "leave_first");
    bob.delete(&format!("/v1/orgs/{solo}"), json!({"name": "Solo"})).await.expect_status(204);
    accept(&bob, &token).await.expect_status(200);
    bob.post(&mine, Value::Null).await.expect_status(200);
    // Organizations with other rules do not count.
    let badges = ada.create_org("Badges").await;
    ada.invite(&badges, "bob@example.com", "admin").await;
    accept(&bob, &app.anyone().mailed_token("bob@example.com").await).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inviter_who_came_back_is_not_the_member_who_invited() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    bob.invite(&org, "carol@example.com", "viewer").await;
    let token = app.anyone().mailed_token("carol@example.com").await;
    ada.delete(&format!("/v1/orgs/{org}/members/{bob_id}"), Value::Null).await.expect_status(200);
    let back = ada.invite(&org, "bob@example.com", "viewer").await;
    bob.post(&format!("/v1/me/invitations/{back}/accept"), Value::Null).await.expect_status(200);
    accept(&app.anyone(), &token).await.expect_problem(409, "inviter_lost_right");
    app.finish().await;
}
