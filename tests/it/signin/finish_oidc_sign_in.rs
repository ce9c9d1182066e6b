use std::time::Duration;

use latchkey_testkit::{Issuer, TestApp, Value, json};

use super::{app_with, begin, goes_to, me, person, sign_in};
use crate::support::{my_member_id, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_time_an_account_is_made_and_the_next_time_it_is_opened() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let ada = json!({"sub": "a-1", "email": "Ada@Example.com", "email_verified": true, "name": " Ada Lovelace "});
    let back = begin(&mut browser, Issuer::shared(), "/v1/auth/oidc/acme?return_to=/orgs?tab=1%23top", &ada).await;
    let landed = browser.open(&format!("{back}&session_state=unknown&scope=openid")).await;
    goes_to(&landed, "/orgs?tab=1#top");
    let cookie = landed.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("latchkey_session=lks_")
            && cookie.ends_with("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax")
    );
    let first = me(&app, &browser).await;
    assert_eq!((&first["email"], &first["display_name"]), (&json!("Ada@Example.com"), &json!("Ada Lovelace")));
    assert_eq!(app.count("SELECT count(*) FROM session WHERE method = 'oidc' AND authenticated_at <= created_at"), 1);

    // By the provider's own name for the person, whatever their address is by now.
    let mut elsewhere = app.browser();
    goes_to(&sign_in(&mut elsewhere, Issuer::shared(), &json!({"sub": "a-1"})).await, "/home");
    assert_eq!(me(&app, &elsewhere).await["id"], first["id"]);
    sign_in(&mut elsewhere, Issuer::shared(), &person("a-1", "new.address@example.com")).await;
    assert_eq!(me(&app, &elsewhere).await, first);
    assert_eq!(app.count("SELECT count(*) FROM user"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_there_is_opened_by_its_verified_address() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let mut browser = app.browser();
    sign_in(&mut browser, Issuer::shared(), &person("a", "ADA@example.com")).await;
    assert_eq!(me(&app, &browser).await, ada.get("/v1/me").await.json());
    // The other way is open as before.
    app.sign_in("ada@example.com").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_accepted_on_the_way() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "grace@example.com", "issuer").await;
    let token = ada.mailed_token("grace@example.com").await;
    let path = format!("/v1/auth/oidc/acme?return_to=/orgs&invitation={token}");
    let mut browser = app.browser();
    let back = begin(&mut browser, Issuer::shared(), &path, &person("g", "grace@example.com")).await;
    goes_to(&browser.open(&back).await, "/orgs");
    let grace = app.anyone().bearer(browser.cookie("latchkey_session").unwrap());
    my_member_id(&grace, &org).await;
    let events = ada.event_types(&org).await;
    assert_eq!(events[events.len() - 2..], ["invitation.accepted", "member.joined"]);

    // A second click finds the invitation used: the sign-in itself goes well, and the page says the rest.
    ada.invite(&org, "bob@example.com", "viewer").await;
    let token = ada.mailed_token("bob@example.com").await;
    let path = format!("/v1/auth/oidc/acme?return_to=/orgs&invitation={token}");
    let back = begin(&mut browser, Issuer::shared(), &path, &person("g", "grace@example.com")).await;
    goes_to(&browser.open(&back).await, "/orgs?invitation_error=invitation_for_another_account");
    assert_eq!(app.count("SELECT count(*) FROM invitation WHERE status = 'pending'"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_that_is_of_no_use_says_so_and_signs_in_all_the_same() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let id = ada.invite(&org, "grace@example.com", "issuer").await;
    let token = ada.mailed_token("grace@example.com").await;
    ada.delete(&format!("/v1/orgs/{org}/invitations/{id}"), Value::Null).await;
    let path = format!("/v1/auth/oidc/acme?invitation={token}");
    let mut browser = app.browser();
    let back = begin(&mut browser, Issuer::shared(), &path, &person("g", "grace@example.com")).await;
    goes_to(&browser.open(&back).await, "/?invitation_error=invitation_cancelled");
    assert_eq!(me(&app, &browser).await["email"], "grace@example.com");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_stands_in_user_info_only_is_asked_for_there() {
    let issuer = Issuer::start().await;
    issuer.tells_by_user_info(json!({"sub": "a", "email": "ada@example.com", "email_verified": true, "name": "Ada"}));
    let app = app_with(&issuer).await;
    let mut browser = app.browser();
    goes_to(&sign_in(&mut browser, &issuer, &json!({"sub": "a"})).await, "/home");
    let me = me(&app, &browser).await;
    assert_eq!((&me["email"], &me["display_name"]), (&json!("ada@example.com"), &json!("Ada")));
    assert_eq!(issuer.asked("/me"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sign_ins_begun_side_by_side_are_both_finished() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let ada = person("a", "ada@example.com");
    let one = begin(&mut browser, Issuer::shared(), "/v1/auth/oidc/acme?return_to=/1", &ada).await;
    let two = begin(&mut browser, Issuer::shared(), "/v1/auth/oidc/acme?return_to=/2", &ada).await;
    goes_to(&browser.open(&two).await, "/2");
    goes_to(&browser.open(&one).await, "/1");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_declines_at_the_provider_comes_back_with_a_word_for_it() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let back = begin(&mut browser, Issuer::shared(), "/v1/auth/oidc/acme?return_to=/in", &json!({"sub": "a"})).await;
    let state = back.split_once("state=").unwrap().1;
    let callback = format!("/v1/auth/oidc/acme/callback?state={state}&error=access_denied&error_description=no");
    goes_to(&browser.open(&callback).await, "/in?sign_in_error=provider_refused");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_was_deleted_is_made_anew_by_hand() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let ada = person("a", "ada@example.com");
    sign_in(&mut browser, Issuer::shared(), &ada).await;
    let before = me(&app, &browser).await;
    let caller = app.anyone().bearer(browser.cookie("latchkey_session").unwrap());
    caller.delete("/v1/me", json!({"email": "ada@example.com"})).await.expect_status(204);
    assert_eq!(app.count("SELECT count(*) FROM identity WHERE subject IS NULL AND ended_at IS NOT NULL"), 1);
    // Clocks tell seconds: what was issued within the second of the deletion is as good as issued before.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    goes_to(&sign_in(&mut browser, Issuer::shared(), &ada).await, "/home");
    assert_ne!(me(&app, &browser).await["id"], before["id"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_cannot_be_read_is_refused_before_anything_is_looked_at() {
    let app = TestApp::start().await;
    let get = async |query: &str| app.anyone().get(&format!("/v1/auth/oidc/acme/callback{query}")).await;
    assert_eq!(wrong_fields(get("").await), ["state required"]);
    assert_eq!(wrong_fields(get("?state=a&state=b").await), ["state invalid"]);
    assert_eq!(wrong_fields(get(&format!("?state=a&code={}", "x".repeat(3001))).await), ["code too_long"]);
    app.anyone().get("/v1/auth/oidc/none/callback?state=a").await.expect_problem(404, "not_found");
    app.finish().await;
}
