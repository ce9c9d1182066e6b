use latchkey_testkit::{Issuer, TestApp, json};

use super::{begin, goes_to, me, person};
use crate::support::wrong_fields;

/// What Apple does: a page of another site posts the answer, and the browser sends no cookie with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_from_another_site_signs_in_whose_browser_began_it() {
    let issuer = Issuer::start().await;
    let mut entry = issuer.entry("acme");
    entry["response_mode"] = json!("form_post");
    let app = TestApp::start_with(|config| config.variable("oidc_providers", json!([entry]).to_string())).await;
    let mut browser = app.browser();
    let back =
        begin(&mut browser, &issuer, "/v1/auth/oidc/acme?return_to=/home", &person("a", "ada@example.com")).await;
    let (callback, query) = back.split_once('?').unwrap();
    let form: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let with_more = [form.as_slice(), &[("user", "{\"name\":{}}")]].concat();
    let forwarded = browser.post_from_elsewhere(callback, &with_more).await.expect_status(303);
    assert_eq!(forwarded.header("set-cookie"), None);
    let location = forwarded.header("location").unwrap().to_owned();
    assert!(location.starts_with(&format!("{callback}?state=lko_")) && !location.contains("user="), "{location}");

    // Another browser that is made to post the same gets nowhere.
    let mut victim = app.browser();
    let led = victim.post_from_elsewhere(callback, &form).await;
    goes_to(&victim.open(led.header("location").unwrap()).await, "/?sign_in_error=sign_in_over");

    goes_to(&browser.open(&location).await, "/home");
    assert_eq!(me(&app, &browser).await["email"], "ada@example.com");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_belongs_to_an_answer_goes_on() {
    let app = TestApp::start().await;
    let post =
        |form: &latchkey_testkit::Value| app.anyone().request("POST", "/v1/auth/oidc/acme/callback").form(form).send();
    let forwarded = post(&json!({"state": "lko_x", "code": "a b&c=d#e\u{25}", "x": "y"})).await.expect_status(303);
    let expected = "http://latchkey.test/v1/auth/oidc/acme/callback?state=lko_x&code=a+b%26c%3Dd%23e%25";
    assert_eq!(forwarded.header("location"), Some(expected));
    assert_eq!(wrong_fields(post(&json!({"code": "1"})).await), ["state required"]);
    assert_eq!(wrong_fields(post(&json!({"state": "s", "code": "1\r\nx: y"})).await), ["code invalid"]);
    assert_eq!(wrong_fields(post(&json!({"state": "s", "error": "x".repeat(3001)})).await), ["error too_long"]);
    let unknown = app.anyone().request("POST", "/v1/auth/oidc/none/callback").form(&json!({"state": "s"})).send().await;
    unknown.expect_problem(404, "not_found");
    app.finish().await;
}
