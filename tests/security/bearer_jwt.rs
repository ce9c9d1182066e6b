//! Bearer tokens of the external issuer: forged, borrowed, worn out, and those that were taken back.

use std::time::Duration;

use futures::future::join_all;
use latchkey_testkit::{Issuer, JWT_AUDIENCE, Reaction, Signed, TestApp, Value, json};

fn ada() -> Value {
    json!({"sub": "a", "email": "ada@example.com", "email_verified": true})
}

async fn app_with(issuer: &Issuer) -> TestApp {
    TestApp::start_with(|config| config.variable("jwt_issuer", issuer.url())).await
}

fn nothing_was_opened(app: &TestApp) {
    for table in ["session", "user", "identity"] {
        assert_eq!(app.count(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_token_is_nobody() {
    let app = TestApp::start().await;
    let issuer = Issuer::shared();
    for signed in [Signed::Not, Signed::ByPublicKeyAsSecret, Signed::ByAnotherKey, Signed::ByNextKey] {
        let token = issuer.token(&issuer.claims(&ada()), signed);
        app.anyone().bearer(token).get("/v1/me").await.expect_problem(401, "unauthenticated");
    }
    // Claims of one token under the signature of another.
    let (good, other) = (issuer.bearer(&ada()), issuer.bearer(&json!({"sub": "eve"})));
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (good, other) = (parts(&good), parts(&other));
    let mixed = format!("{}.{}.{}", good[0], good[1], other[2]);
    app.anyone().bearer(mixed).get("/v1/me").await.expect_problem(401, "unauthenticated");
    nothing_was_opened(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_for_somebody_else_or_of_somebody_else_is_none_here() {
    let (issuer, other) = (Issuer::start().await, Issuer::start().await);
    let app = app_with(&issuer).await;
    let now = issuer.claims(&json!({}))["iat"].as_u64().unwrap();
    for (claim, lie) in [
        ("aud", json!("another-api")),
        ("aud", Value::Null),
        ("aud", json!([])),
        ("iss", json!("https://accounts.google.com")),
        ("iss", json!(format!("{}/", issuer.url()))),
        ("exp", json!(now - 1)),
        ("exp", Value::Null),
        ("nbf", json!(now + 3600)),
        ("iat", json!(now + 3600)),
        ("sub", Value::Null),
        ("sub", json!(7)),
    ] {
        let mut claims = issuer.claims(&ada());
        claims[claim] = lie.clone();
        let token = issuer.token(&claims, Signed::Rightly);
        let refused = app.anyone().bearer(token).get("/v1/me").await.expect_problem(401, "unauthenticated");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "{claim} {lie}");
    }
    app.anyone().bearer(other.bearer(&ada())).get("/v1/me").await.expect_problem(401, "unauthenticated");
    assert_eq!(other.asked("/keys"), 0, "nobody is asked on a stranger's word");
    nothing_was_opened(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_another_tenant_of_the_issuer_is_none_here() {
    let issuer = Issuer::start().await;
    let app = TestApp::start_with(|config| {
        config.variable("jwt_issuer", issuer.url()).variable("jwt_claims", r#"{"tenant":"acme"}"#)
    })
    .await;
    let with = |tenant: Value| {
        let mut person = ada();
        person["tenant"] = tenant;
        app.anyone().bearer(issuer.bearer(&person))
    };
    for other in [json!("other"), json!(["acme"]), Value::Null] {
        with(other).get("/v1/me").await.expect_problem(401, "unauthenticated");
    }
    nothing_was_opened(&app);
    with(json!("acme")).get("/v1/me").await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unverified_address_in_a_token_takes_over_no_account() {
    let app = TestApp::start().await;
    app.sign_in("ada@example.com").await;
    for person in [
        json!({"sub": "eve", "email": "ada@example.com"}),
        json!({"sub": "eve", "email": "ada@example.com", "email_verified": false}),
        json!({"sub": "eve"}),
    ] {
        let eve = app.anyone().bearer(Issuer::shared().bearer(&person));
        eve.get("/v1/me").await.expect_problem(403, "email_unverified");
        eve.post("/v1/orgs", json!({"name": "Acme"})).await.expect_problem(403, "email_unverified");
    }
    assert_eq!(app.count("SELECT count(*) FROM identity") + app.count("SELECT count(*) FROM org"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_was_signed_out_does_not_come_back() {
    let app = TestApp::start().await;
    let caller = app.anyone().bearer(Issuer::shared().bearer(&ada()));
    caller.get("/v1/me").await.expect_status(200);
    caller.delete("/v1/auth/session", Value::Null).await.expect_status(204);
    for _ in 0..2 {
        caller.get("/v1/me").await.expect_problem(401, "unauthenticated");
        caller.get("/v1/orgs").await.expect_problem(401, "unauthenticated");
        let again = json!({"token": caller.token()});
        app.anyone().post("/v1/auth/external", again).await.expect_problem(401, "unauthenticated");
        // Nor after everything that may be forgotten was, nor after housekeeping, nor on another machine.
        app.wipe_key_value().await;
        app.dispatch().await;
        app.advance_clock(Duration::from_secs(600));
    }
    let second = app.second_process().await;
    caller.clone().at(second.addr()).get("/v1/me").await.expect_problem(401, "unauthenticated");
    second.kill().await;
    // The person's next token is good.
    let next = app.anyone().bearer(Issuer::shared().bearer(&json!({"sub": "a", "jti": "next"})));
    next.get("/v1/me").await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_ends_when_it_says_whoever_has_seen_it_before() {
    let app = TestApp::start().await;
    let caller = app.anyone().bearer(Issuer::shared().bearer(&ada()));
    caller.get("/v1/me").await.expect_status(200);
    app.advance_clock(Duration::from_secs(3601));
    caller.get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.dispatch().await;
    caller.get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_account_stays_deleted_whatever_tokens_come() {
    let app = TestApp::start().await;
    let issuer = Issuer::shared();
    let caller = app.anyone().bearer(issuer.bearer(&ada()));
    caller.get("/v1/me").await.expect_status(200);
    caller.delete("/v1/me", json!({"email": "ada@example.com"})).await.expect_status(204);
    caller.get("/v1/me").await.expect_status(401);
    let again = json!({"token": caller.token()});
    app.anyone().post("/v1/auth/external", again).await.expect_problem(403, "account_deleted");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let mut later = ada();
    later["jti"] = json!("later");
    let later = issuer.bearer(&later);
    app.anyone().bearer(&later).get("/v1/me").await.expect_problem(403, "account_deleted");
    assert_eq!(app.count("SELECT count(*) FROM user WHERE deleted_at IS NULL"), 0);
    // Whoever makes a new account by hand is known again; but the token from before stays out.
    app.sign_in("ada@example.com").await;
    app.anyone().bearer(&later).get("/v1/me").await.expect_status(200);
    let again = json!({"token": caller.token()});
    app.anyone().post("/v1/auth/external", again).await.expect_problem(403, "account_deleted");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_no_cookie_and_no_operator() {
    let app = TestApp::start().await;
    let token = Issuer::shared().bearer(&ada());
    let cookie = format!("latchkey_session={token}");
    app.anyone().request("GET", "/v1/me").header("cookie", &cookie).send().await.expect_problem(401, "unauthenticated");
    let caller = app.anyone().bearer(&token);
    caller.post("/v1/dispatch", Value::Null).await.expect_problem(401, "unauthenticated");
    caller.post("/v1/api-keys/verify", json!({"key": "x"})).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_keys_to_check_it_with_a_token_is_not_believed() {
    let issuer = Issuer::start().await;
    issuer.answers("/keys", Reaction::status(500));
    let app = app_with(&issuer).await;
    let caller = app.anyone().bearer(issuer.bearer(&ada()));
    let refused = caller.get("/v1/me").await.expect_problem(503, "provider_unavailable");
    assert!(refused.header("retry-after").is_some());
    nothing_was_opened(&app);
    issuer.recovers("/keys");
    caller.get("/v1/me").await.expect_status(200);
    // Keys that are known last a while.
    issuer.answers("/keys", Reaction::Close);
    issuer.answers("/.well-known/openid-configuration", Reaction::Close);
    app.advance_clock(Duration::from_secs(3600));
    let mut claims = issuer.claims(&json!({"sub": "a"}));
    claims["exp"] = json!(claims["exp"].as_u64().unwrap() + 3600);
    app.anyone().bearer(issuer.token(&claims, Signed::Rightly)).get("/v1/me").await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_comes_many_times_at_once_is_one_session() {
    let app = TestApp::start().await;
    let caller = app.anyone().bearer(Issuer::shared().bearer(&ada()));
    let paths = ["/v1/me", "/v1/orgs", "/v1/me/invitations", "/v1/me/projects"];
    let answers = join_all((0..24).map(|n| caller.get(paths[n % paths.len()]))).await;
    assert!(
        answers.iter().all(|answer| answer.status == 200),
        "{:?}",
        answers.iter().map(|it| it.status).collect::<Vec<_>>()
    );
    let counts = ["user", "identity", "session"].map(|table| app.count(&format!("SELECT count(*) FROM {table}")));
    assert_eq!(counts, [1, 1, 1]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_would_let_anybody_in_is_refused() {
    let issuer = Issuer::start().await;
    for (name, value) in [
        ("jwt_audience", ""),
        ("jwt_claims", "tenant=acme"),
        ("jwt_jwks_url", "ftp://x"),
        ("jwt_issuer", "http://latchkey.test"),
    ] {
        let app = TestApp::start_with(|config| {
            config.variable("jwt_issuer", issuer.url()).variable("jwt_audience", JWT_AUDIENCE).variable(name, value)
        })
        .await;
        let token = issuer.bearer(&ada());
        app.anyone().bearer(&token).get("/v1/me").await.expect_problem(503, "provider_unavailable");
        app.anyone().post("/v1/auth/external", json!({"token": token})).await.expect_problem(500, "misconfigured");
        app.finish().await;
    }
}
