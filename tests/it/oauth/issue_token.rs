use std::time::SystemTime;

use latchkey_testkit::{TestApp, json};

use super::{NO_CLIENT, ask, ask_by_basic, make, oauth_error, post_form, read_token};
use crate::support::text;

const GRANT: &str = "grant_type=client_credentials";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_says_what_rfc_9068_wants_and_is_signed_with_a_published_key() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, secret) = make(&ada, &org, &["org.read", "badge.create"]).await;
    let answer = ask(&ada, &client, &secret).await.expect_status(200);
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    let json = answer.json();
    assert_eq!((&json["token_type"], &json["expires_in"]), (&json!("Bearer"), &json!(600)));
    assert_eq!(json["scope"], "badge.create org.read");
    let (header, claims) = read_token(&ada, &text(&json["access_token"])).await;
    assert_eq!(header, json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "test"}));
    for (name, expected) in [
        ("iss", "http://latchkey.test"),
        ("aud", "http://latchkey.test"),
        ("sub", &client),
        ("client_id", &client),
        ("org", &org),
        ("scope", "badge.create org.read"),
    ] {
        assert_eq!(claims[name], expected, "{name}");
    }
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let issued = claims["iat"].as_u64().unwrap();
    assert!(now - issued < 30, "{issued}");
    assert_eq!(claims["exp"].as_u64().unwrap(), issued + 600);
    let again = ask(&ada, &client, &secret).await.expect_status(200).text_at("/access_token");
    assert_ne!(read_token(&ada, &again).await.1["jti"], claims["jti"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_shows_itself_by_basic_or_in_the_form_and_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, secret) = make(&ada, &org, &["org.read"]).await;
    ask_by_basic(&ada, &client, &secret, GRANT).await.expect_status(200);
    // Each part is encoded as in a form, whether or not it needs to be.
    ask_by_basic(&ada, &client.replace('_', "%5F"), &secret, GRANT).await.expect_status(200);
    ask_by_basic(&ada, &client, &secret, &format!("{GRANT}&client_id={client}&audience=x&scope="))
        .await
        .expect_status(200);
    let twice = ask_by_basic(&ada, &client, &secret, &format!("{GRANT}&client_secret={secret}")).await;
    assert_eq!(oauth_error(&twice, 400), "invalid_request");
    let other = ask_by_basic(&ada, &client, &secret, &format!("{GRANT}&client_id={NO_CLIENT}")).await;
    assert_eq!(oauth_error(&other, 400), "invalid_request");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_not_the_client_is_told_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, secret) = make(&ada, &org, &["org.read"]).await;
    let (other, other_secret) = make(&ada, &org, &["org.read"]).await;
    let mut told = Vec::new();
    for (client, secret) in [
        (client.as_str(), other_secret.as_str()),
        (&other, &secret),
        (NO_CLIENT, &secret),
        ("x", &secret),
        (&client, "lkc_x"),
        (&client, ""),
        ("", ""),
    ] {
        let by_basic = ask_by_basic(&ada, client, secret, GRANT).await;
        assert_eq!(oauth_error(&by_basic, 401), "invalid_client", "{client} {secret}");
        let by_form = ask(&ada, client, secret).await;
        assert_eq!(oauth_error(&by_form, 401), "invalid_client", "{client} {secret}");
        told.extend([by_basic.text, by_form.text]);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(oauth_error(&post_form(&app.anyone(), GRANT).await, 401), "invalid_client");
    // A session is no client, whoever's it is.
    assert_eq!(oauth_error(&post_form(&ada, GRANT).await, 401), "invalid_client");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scope_narrows_and_never_widens() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, secret) = make(&ada, &org, &["org.read", "badge.create"]).await;
    let scoped = |scope: &'static str| {
        let form = format!("{GRANT}&scope={scope}");
        let (ada, client, secret) = (ada.clone(), client.clone(), secret.clone());
        async move { ask_by_basic(&ada, &client, &secret, &form).await }
    };
    let narrow = scoped("org.read+org.read").await.expect_status(200);
    assert_eq!(narrow.text_at("/scope"), "org.read");
    assert_eq!(read_token(&ada, &narrow.text_at("/access_token")).await.1["scope"], "org.read");
    for scope in ["org.update", "org.read%20org.update", "ORG.READ", "+"] {
        assert_eq!(oauth_error(&scoped(scope).await, 400), "invalid_scope", "{scope}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_makers_role_loses_its_clients_lose_and_get_back_with_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, member) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (client, secret) = make(&admin, &org, &["org.read", "badge.create"]).await;
    // It is the role that counts, not what became of the member.
    let path = format!("/v1/orgs/{org}/members/{member}/role");
    ada.put(&path, json!({"role": "viewer"})).await.expect_status(200);
    assert_eq!(ask(&ada, &client, &secret).await.expect_status(200).text_at("/scope"), "badge.create org.read");

    let path = format!("/v1/orgs/{org}/policy");
    let before = ada.get(&path).await.expect_status(200).json();
    let mut rules = before.clone();
    rules["name"] = json!("ours");
    let permissions = rules["roles"][1]["permissions"].as_array_mut().unwrap();
    permissions.retain(|permission| permission != "badge.create");
    ada.put(&path, rules.clone()).await.expect_status(200);
    assert_eq!(ask(&ada, &client, &secret).await.expect_status(200).text_at("/scope"), "org.read");
    let shown = ada.get(&format!("/v1/orgs/{org}/oauth-clients/{client}")).await.expect_status(200).json();
    assert_eq!((&shown["scopes"], &shown["permissions"]), (&json!(["badge.create", "org.read"]), &json!(["org.read"])));
    let wide = ask_by_basic(&ada, &client, &secret, &format!("{GRANT}&scope=badge.create")).await;
    assert_eq!(oauth_error(&wide, 400), "invalid_scope");

    rules["roles"][1]["permissions"] = before["roles"][1]["permissions"].clone();
    ada.put(&path, rules).await.expect_status(200);
    assert_eq!(ask(&ada, &client, &secret).await.expect_status(200).text_at("/scope"), "badge.create org.read");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_request_for_a_token_is_refused_as_oauth_says() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, secret) = make(&ada, &org, &["org.read"]).await;
    for (form, error) in [
        ("", "invalid_request"),
        ("scope=org.read", "invalid_request"),
        ("grant_type=", "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&scope=org.read&scope=org.read", "invalid_request"),
        ("grant_type=%zz", "invalid_request"),
        ("grant_type=password", "unsupported_grant_type"),
        ("grant_type=authorization_code&code=x", "unsupported_grant_type"),
        ("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer", "unsupported_grant_type"),
    ] {
        assert_eq!(oauth_error(&ask_by_basic(&ada, &client, &secret, form).await, 400), error, "{form}");
    }
    let json = app.anyone().post("/oauth/token", json!({"grant_type": "client_credentials"})).await;
    assert_eq!(oauth_error(&json, 400), "invalid_request");
    // What goes wrong before OAuth is asked reads as everywhere.
    let request = app.anyone().request("POST", "/oauth/token?grant_type=client_credentials");
    request.send().await.expect_problem(422, "invalid_request");
    app.anyone().get("/oauth/token").await.expect_problem(405, "method_not_allowed");
    let long = format!("{GRANT}&scope={}", "a".repeat(65_536));
    post_form(&app.anyone(), &long).await.expect_problem(413, "body_too_large");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_for_the_product_and_open_nothing_here() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, secret) = make(&ada, &org, &["org.read"]).await;
    let token = ask(&ada, &client, &secret).await.expect_status(200).text_at("/access_token");
    for bearer in [token, secret] {
        let bearer = app.anyone().bearer(bearer);
        bearer.get(&format!("/v1/orgs/{org}")).await.expect_problem(401, "unauthenticated");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_one_statement() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (client, secret) = make(&ada, &org, &["org.read"]).await;
    let form = format!("{GRANT}&client_id={client}&client_secret={secret}");
    let request = app.anyone().request("POST", "/oauth/token").header("x-test-id", "token");
    let request = request.header("content-type", "application/x-www-form-urlencoded; charset=utf-8").body(form);
    request.send().await.expect_status(200);
    assert_eq!(app.statements_of("token").len(), 1);
    app.finish().await;
}
