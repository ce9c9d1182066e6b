//! `Idempotency-Key`: a repeated request gets the first answer again, and changes nothing again.

use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, shown};

use crate::support::{INVITATION_LIFETIME, wrong_fields};

async fn keyed(caller: &Caller, method: &str, path: &str, key: &str, body: Value) -> Answer {
    caller.request(method, path).header("idempotency-key", key).json(&body).send().await
}

/// A replay is the same answer, and says that it is one.
#[track_caller]
fn assert_replayed(first: &Answer, again: &Answer) {
    assert_eq!(first.header("idempotent-replayed"), None, "{}", first.asked);
    assert_eq!(again.header("idempotent-replayed"), Some("true"), "{}", again.asked);
    assert_eq!((first.status, &first.text), (again.status, &again.text), "{}", first.asked);
    for name in ["content-type", "etag", "location"] {
        assert_eq!(first.header(name), again.header(name), "{}: {name}", first.asked);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_repeated_with_its_key_answers_alike_and_happens_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let create = json!({"name": "Acme"});
    let first = keyed(&ada, "POST", "/v1/orgs", "create", create.clone()).await.expect_status(201);
    assert_replayed(&first, &keyed(&ada, "POST", "/v1/orgs", "create", create).await);
    assert_eq!(app.count("SELECT count(*) FROM org"), 1);
    let org = first.text_at("/id");
    let path = format!("/v1/orgs/{org}");
    let open = ada.invite(&org, "open@example.com", "viewer").await;
    let (_, member) = ada.bring_in(&org, "gone@example.com", "viewer").await;

    let me = json!({"display_name": "Ada"});
    let changes = [
        ("PATCH", "/v1/me".to_owned(), me),
        ("PATCH", path.clone(), json!({"name": "Beta"})),
        ("PATCH", path.clone(), json!({"name": "Beta"})),
        ("POST", format!("{path}/invitations"), json!({"email": "new@example.com", "role": "viewer"})),
        ("POST", format!("{path}/invitations/{open}/resend"), Value::Null),
        ("PUT", format!("{path}/plan"), json!({"plan": "professional"})),
        ("PUT", format!("{path}/limits"), json!({"limits": {"a": 1}})),
        ("PUT", format!("{path}/members/{member}/limits"), json!({"limits": {"a": 1}})),
        ("DELETE", format!("{path}/invitations/{open}"), Value::Null),
        ("DELETE", format!("{path}/members/{member}"), Value::Null),
        ("DELETE", path.clone(), json!({"name": "Beta"})),
    ];
    for (n, (method, path, body)) in changes.into_iter().enumerate() {
        let key = format!("change-{n}");
        let first = keyed(&ada, method, &path, &key, body.clone()).await;
        assert!(first.status.is_success(), "{}: {}", first.asked, first.text);
        let events = app.count("SELECT count(*) FROM event");
        assert_replayed(&first, &keyed(&ada, method, &path, &key, body).await);
        assert_eq!(app.count("SELECT count(*) FROM event"), events, "{}", first.asked);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accept_repeated_shows_the_same_session() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let body = json!({"token": app.anyone().mailed_token("bob@example.com").await});
    let first = keyed(&app.anyone(), "POST", "/v1/invitations/accept", "k", body.clone()).await.expect_status(200);
    let again = keyed(&app.anyone(), "POST", "/v1/invitations/accept", "k", body.clone()).await;
    assert_replayed(&first, &again);
    let token = first.text_at("/session/token");
    assert!(again.header("set-cookie").unwrap().contains(&token));
    app.anyone().bearer(&token).get("/v1/me").await.expect_status(200);
    assert_eq!(app.count("SELECT count(*) FROM session WHERE code_id IS NULL"), 1);
    // Without the key it is a second click.
    app.anyone().post("/v1/invitations/accept", body).await.expect_problem(410, "invitation_used");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answering_an_invitation_repeated_with_its_key_answers_alike() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let bob = app.sign_in("bob@example.com").await;
    let invite = async |name: &str, email: &str| {
        let org = ada.create_org(name).await;
        ada.invite(&org, email, "viewer").await
    };
    for (verb, name) in [("accept", "Acme"), ("decline", "Beta")] {
        let path = format!("/v1/me/invitations/{}/{verb}", invite(name, "bob@example.com").await);
        let first = keyed(&bob, "POST", &path, name, Value::Null).await;
        assert!(first.status.is_success(), "{}", first.text);
        assert_replayed(&first, &keyed(&bob, "POST", &path, name, Value::Null).await);
    }
    invite("Gamma", "carol@example.com").await;
    let body = json!({"token": app.anyone().mailed_token("carol@example.com").await});
    let first = keyed(&app.anyone(), "POST", "/v1/invitations/decline", "d", body.clone()).await.expect_status(204);
    assert_replayed(&first, &keyed(&app.anyone(), "POST", "/v1/invitations/decline", "d", body).await);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_repeated_with_its_key_answers_alike() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let path = format!("/v1/orgs/{org}/leave");
    let first = keyed(&bob, "POST", &path, "k", Value::Null).await.expect_status(200);
    assert_replayed(&first, &keyed(&bob, "POST", &path, "k", Value::Null).await);
    bob.post(&path, Value::Null).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_for_another_request_is_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    keyed(&ada, "POST", "/v1/orgs", "k", json!({"name": "Acme"})).await.expect_status(201);
    let other_body = keyed(&ada, "POST", "/v1/orgs", "k", json!({"name": "Beta"})).await;
    expect![[r#"
        422
        content-type: application/problem+json
        {
          "code": "idempotency_key_reused",
          "detail": "This Idempotency-Key was used for another request. Use a new key for a new request.",
          "request_id": "[request]",
          "status": 422,
          "title": "The idempotency key belongs to another request",
          "type": "/problems/idempotency_key_reused"
        }"#]]
    .assert_eq(&shown(&other_body));
    keyed(&ada, "PATCH", "/v1/me", "k", json!({"name": "Acme"})).await.expect_problem(422, "invalid_request");
    keyed(&ada, "PATCH", "/v1/me", "k", json!({"display_name": "A"}))
        .await
        .expect_problem(422, "idempotency_key_reused");
    assert_eq!(app.count("SELECT count(*) FROM org"), 1);
    // Keys belong to whoever uses them.
    let bob = app.sign_in("bob@example.com").await;
    let own = keyed(&bob, "POST", "/v1/orgs", "k", json!({"name": "Beta"})).await.expect_status(201);
    assert_eq!(own.header("idempotent-replayed"), None);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_request_does_not_use_its_key_up() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/invitations");
    let body = json!({"email": "bob@example.com", "role": "viewer"});
    ada.invite(&org, "bob@example.com", "admin").await;
    keyed(&ada, "POST", &path, "k", body.clone()).await.expect_problem(409, "already_invited");
    app.advance_clock(INVITATION_LIFETIME);
    app.dispatch().await;
    let made = keyed(&ada, "POST", &path, "k", body).await.expect_status(201);
    assert_eq!(made.header("idempotent-replayed"), None);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_changes_nothing_uses_its_key_too() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let body = json!({"token": app.anyone().mailed_token("bob@example.com").await});
    let first = keyed(&bob, "POST", "/v1/invitations/accept", "again", body.clone()).await.expect_status(200);
    assert_eq!(first.text_at("/outcome"), "already_member");
    assert_replayed(&first, &keyed(&bob, "POST", "/v1/invitations/accept", "again", body).await);
    let first = keyed(&bob, "PATCH", "/v1/me", "keep", json!({})).await.expect_status(200);
    assert_replayed(&first, &keyed(&bob, "PATCH", "/v1/me", "keep", json!({})).await);
    let other = keyed(&bob, "PATCH", "/v1/me", "keep", json!({"display_name": "Bob"})).await;
    other.expect_problem(422, "idempotency_key_reused");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_visible_ascii_of_bounded_length() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for wrong in ["", "a b", &"k".repeat(256), "schlüssel"] {
        let refused = keyed(&ada, "POST", "/v1/orgs", wrong, json!({"name": "Acme"})).await;
        assert_eq!(wrong_fields(refused), ["Idempotency-Key invalid"], "{wrong:?}");
    }
    keyed(&ada, "POST", "/v1/orgs", &"k".repeat(255), json!({"name": "Acme"})).await.expect_status(201);
    app.finish().await;
}
