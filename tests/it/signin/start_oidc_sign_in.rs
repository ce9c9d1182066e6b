use latchkey_testkit::{Issuer, Reaction, TestApp};

use super::{app_with, goes_to};
use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_is_sent_to_the_provider_with_a_cookie_of_its_own() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let sent = browser.open("/v1/auth/oidc/acme?return_to=/orgs").await.expect_status(303);
    let location = sent.header("location").unwrap().to_owned();
    assert!(location.starts_with(&format!("{}/authorize?response_type=code&", Issuer::shared().url())), "{location}");
    for part in [
        "&state=lko_",
        "&nonce=",
        "&code_challenge=",
        "&code_challenge_method=S256",
        "&scope=openid%20email%20profile&",
    ] {
        assert!(location.contains(part), "{part} in {location}");
    }
    assert!(
        location.contains("redirect_uri=http%3A%2F%2Flatchkey.test%2Fv1%2Fauth%2Foidc%2Facme%2Fcallback&"),
        "{location}"
    );
    let cookie = sent.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("latchkey_oidc=") && cookie.contains("; Max-Age=600; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    // The secret stays, so that two sign-ins begun side by side can both be finished.
    let before = browser.cookie("latchkey_oidc").unwrap().to_owned();
    browser.open("/v1/auth/oidc/acme").await.expect_status(303);
    assert_eq!(browser.cookie("latchkey_oidc"), Some(before.as_str()));
    assert_eq!(app.count("SELECT count(*) FROM oidc_state"), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_https_the_cookie_is_bound_to_this_host() {
    let app = TestApp::start_with(|config| config.variable("public_url", "https://team.example")).await;
    let sent = app.anyone().get("/v1/auth/oidc/acme").await.expect_status(303);
    let cookie = sent.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-latchkey_oidc=") && cookie.ends_with("; SameSite=Lax; Secure"), "{cookie}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_provider_and_wrong_parameters_are_refused() {
    let app = TestApp::start().await;
    for provider in ["none", "ACME", "acme%20", "%2e%2e"] {
        app.anyone().get(&format!("/v1/auth/oidc/{provider}")).await.expect_problem(404, "not_found");
    }
    assert_eq!(
        wrong_fields(app.anyone().get("/v1/auth/oidc/acme?return_to=home&x=1").await),
        ["return_to invalid", "x unknown"]
    );
    assert_eq!(app.count("SELECT count(*) FROM oidc_state"), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_does_not_answer_is_told_to_the_page_or_to_the_program() {
    let issuer = Issuer::start().await;
    issuer.answers("/.well-known/openid-configuration", Reaction::status(500));
    let app = app_with(&issuer).await;
    let sent = app.browser().open("/v1/auth/oidc/acme?return_to=/in?a=b%23c").await;
    goes_to(&sent, "/in?a=b&sign_in_error=provider_unavailable#c");
    let program = app.anyone().request("GET", "/v1/auth/oidc/acme").header("accept", "application/json").send().await;
    let refused = program.expect_problem(503, "provider_unavailable");
    assert!(refused.header("retry-after").is_some() && !refused.text.contains("127.0.0.1"), "{}", refused.text);
    issuer.recovers("/.well-known/openid-configuration");
    app.anyone().get("/v1/auth/oidc/acme").await.expect_status(303);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_provider_says_of_itself_is_kept_and_lost_without_harm() {
    let issuer = Issuer::start().await;
    let app = app_with(&issuer).await;
    for _ in 0..3 {
        app.anyone().get("/v1/auth/oidc/acme").await.expect_status(303);
    }
    assert_eq!(issuer.asked("/.well-known/openid-configuration"), 1);
    app.wipe_key_value().await;
    app.anyone().get("/v1/auth/oidc/acme").await.expect_status(303);
    assert_eq!(issuer.asked("/.well-known/openid-configuration"), 2);
    // When it is an hour old, it is asked for again; while nobody answers, the old one is good for a day, and is not asked for by everybody.
    app.advance_clock(std::time::Duration::from_secs(3601));
    issuer.answers("/.well-known/openid-configuration", Reaction::status(503));
    for _ in 0..3 {
        app.anyone().get("/v1/auth/oidc/acme").await.expect_status(303);
    }
    assert_eq!(issuer.asked("/.well-known/openid-configuration"), 3);
    app.advance_clock(std::time::Duration::from_secs(24 * 3600));
    goes_to(&app.anyone().get("/v1/auth/oidc/acme").await, "/?sign_in_error=provider_unavailable");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_that_nobody_finishes_do_not_pile_up() {
    let app = TestApp::start().await;
    for _ in 0..6 {
        app.anyone().get("/v1/auth/oidc/acme").await.expect_status(303);
    }
    app.advance_clock(std::time::Duration::from_secs(601));
    for _ in 0..2 {
        app.anyone().get("/v1/auth/oidc/acme").await.expect_status(303);
    }
    assert_eq!(app.count("SELECT count(*) FROM oidc_state"), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_client_begins_so_many_sign_ins_and_no_more() {
    let app = TestApp::start().await;
    for _ in 0..latchkey_api::limits::OIDC_SIGN_INS_PER_CLIENT_MAX {
        app.anyone().get("/v1/auth/oidc/acme").await.expect_status(303);
    }
    goes_to(&app.anyone().get("/v1/auth/oidc/acme").await, "/?sign_in_error=too_many_requests");
    app.finish().await;
}
