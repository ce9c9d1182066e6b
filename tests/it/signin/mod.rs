mod confirm_external_token;
mod finish_oidc_sign_in;
mod forward_oidc_answer;
mod list_sign_in_providers;
mod real_provider;
mod start_oidc_sign_in;

use latchkey_testkit::{Answer, Browser, Issuer, TestApp, Value, json};

/// A person as the provider knows them.
pub(crate) fn person(subject: &str, email: &str) -> Value {
    json!({"sub": subject, "email": email, "email_verified": true})
}

/// An app that people sign in to with this provider alone.
pub(crate) async fn app_with(issuer: &Issuer) -> TestApp {
    let providers = json!([issuer.entry("acme")]).to_string();
    TestApp::start_with(|config| config.variable("oidc_providers", providers)).await
}

/// Begins a sign-in, and signs the person in at the provider: where they are sent back to.
pub(crate) async fn begin(browser: &mut Browser, issuer: &Issuer, path: &str, person: &Value) -> String {
    let sent = browser.open(path).await.expect_status(303);
    issuer.authorize(sent.header("location").expect("an address"), person)
}

/// Signs in from beginning to end: the last answer.
pub(crate) async fn sign_in(browser: &mut Browser, issuer: &Issuer, person: &Value) -> Answer {
    let back = begin(browser, issuer, "/v1/auth/oidc/acme?return_to=/home", person).await;
    browser.open(&back).await.expect_status(303)
}

/// The account that a browser is signed in to.
pub(crate) async fn me(app: &TestApp, browser: &Browser) -> Value {
    let me = app.anyone().request("GET", "/v1/me").header("cookie", &browser.cookies()).send().await;
    me.expect_status(200).json()
}

/// Where an answer sends a browser.
#[track_caller]
pub(crate) fn goes_to(answer: &Answer, path: &str) {
    assert_eq!(answer.status, 303, "{}: {}", answer.asked, answer.text);
    assert_eq!(answer.header("location"), Some(format!("http://latchkey.test{path}").as_str()), "{}", answer.asked);
}
