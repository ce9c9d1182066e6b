//! Sign-in at an identity provider, with a provider that lies, a thief on the way, and somebody who plants links.

use std::time::Duration;

use futures::future::join_all;
use latchkey_testkit::{Answer, Browser, Issuer, Reaction, Receiver, Signed, TestApp, Value, json};

const START: &str = "/v1/auth/oidc/acme?return_to=/in";

fn ada() -> Value {
    json!({"sub": "a", "email": "ada@example.com", "email_verified": true})
}

async fn app_with(providers: Value) -> TestApp {
    TestApp::start_with(|config| config.variable("oidc_providers", providers.to_string())).await
}

/// Where the provider sends somebody back to who has signed in there.
async fn begin(browser: &mut Browser, issuer: &Issuer, path: &str, person: &Value) -> String {
    let sent = browser.open(path).await.expect_status(303);
    issuer.authorize(sent.header("location").expect("an address"), person)
}

async fn sign_in(app: &TestApp, issuer: &Issuer, path: &str, person: &Value) -> (Browser, Answer) {
    let mut browser = app.browser();
    let back = begin(&mut browser, issuer, path, person).await;
    let landed = browser.open(&back).await;
    (browser, landed)
}

#[track_caller]
fn refused(answer: &Answer, path: &str) {
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert_eq!(answer.header("location"), Some(format!("http://latchkey.test{path}").as_str()));
    assert!(!answer.header("set-cookie").unwrap_or_default().contains("latchkey_session"), "signed in");
}

fn nothing_was_opened(app: &TestApp) {
    for table in ["session", "user", "identity"] {
        assert_eq!(app.count(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_says_something_else_than_it_must_signs_nobody_in() {
    let lies: [(&str, Value); 11] = [
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("aud", json!("another-client")),
        ("aud", json!(["latchkey-tests", "another-client"])),
        ("azp", json!("another-client")),
        ("iss", json!("https://accounts.google.com")),
        ("exp", json!(1)),
        ("exp", Value::Null),
        ("iat", json!(9_999_999_999_u64)),
        ("nbf", json!(9_999_999_999_u64)),
        ("sub", json!("")),
    ];
    let issuer = Issuer::start().await;
    let app = app_with(json!([issuer.entry("acme")])).await;
    for (claim, lie) in lies {
        issuer.says(move |claims| claims[claim] = lie.clone());
        let (_, landed) = sign_in(&app, &issuer, START, &ada()).await;
        refused(&landed, "/in?sign_in_error=identity_refused");
    }
    nothing_was_opened(&app);
    issuer.says(|_| {});
    let (browser, _) = sign_in(&app, &issuer, START, &ada()).await;
    assert!(browser.cookie("latchkey_session").is_some());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_without_a_signature_or_signed_by_a_forger_signs_nobody_in() {
    let issuer = Issuer::start().await;
    let app = app_with(json!([issuer.entry("acme")])).await;
    for signed in [Signed::Not, Signed::ByPublicKeyAsSecret, Signed::ByAnotherKey, Signed::ByNextKey] {
        issuer.signs(signed);
        let (_, landed) = sign_in(&app, &issuer, START, &ada()).await;
        refused(&landed, "/in?sign_in_error=identity_refused");
    }
    nothing_was_opened(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_key_names_do_not_make_us_hammer_the_provider() {
    let issuer = Issuer::start().await;
    let app = app_with(json!([issuer.entry("acme")])).await;
    issuer.signs(Signed::ByNextKey);
    for _ in 0..5 {
        let (_, landed) = sign_in(&app, &issuer, START, &ada()).await;
        refused(&landed, "/in?sign_in_error=identity_refused");
    }
    assert_eq!(issuer.asked("/keys"), 1, "within a minute nobody asks again");
    // A change of keys is noticed all the same, by the next who comes after that.
    issuer.changes_keys();
    app.advance_clock(Duration::from_secs(61));
    issuer.says(|claims| {
        for moment in ["iat", "exp"] {
            claims[moment] = json!(claims[moment].as_u64().unwrap() + 61);
        }
    });
    let (browser, _) = sign_in(&app, &issuer, START, &ada()).await;
    assert!(browser.cookie("latchkey_session").is_some());
    assert_eq!(issuer.asked("/keys"), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_breaks_or_is_broken_into_leads_nowhere() {
    let issuer = Issuer::start().await;
    let app = app_with(json!([issuer.entry("acme")])).await;
    let elsewhere = Receiver::start(|_, _| Reaction::json(200, &json!({"id_token": "a.b.c", "keys": []}))).await;
    let redirect =
        Reaction::Answer { status: 307, headers: vec![("location", elsewhere.url("/token"))], body: String::new() };
    let broken = || {
        [
            Reaction::status(500),
            Reaction::status(200),
            Reaction::json(200, &json!({"id_token": 1})),
            Reaction::Answer { status: 200, headers: Vec::new(), body: "x".repeat(100_000) },
            Reaction::Garbage,
            Reaction::Close,
            Reaction::BreakOff,
        ]
    };
    for path in ["/token", "/keys"] {
        for reaction in broken().into_iter().chain([redirect.clone()]) {
            app.wipe_key_value().await;
            issuer.answers(path, reaction);
            let (_, landed) = sign_in(&app, &issuer, START, &ada()).await;
            refused(&landed, "/in?sign_in_error=provider_unavailable");
        }
        issuer.recovers(path);
    }
    // Nor does anybody else say where its addresses are.
    app.wipe_key_value().await;
    issuer.answers("/.well-known/openid-configuration", redirect.clone());
    refused(&app.browser().open(START).await, "/in?sign_in_error=provider_unavailable");
    // The client's secret and the code went to nobody else.
    assert_eq!(elsewhere.received().len(), 0);
    nothing_was_opened(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_takes_forever_is_given_up() {
    let issuer = Issuer::start().await;
    let app = app_with(json!([issuer.entry("acme")])).await;
    issuer.answers("/token", Reaction::Wait(Duration::from_secs(30)));
    let begun = std::time::Instant::now();
    let (_, landed) = sign_in(&app, &issuer, START, &ada()).await;
    refused(&landed, "/in?sign_in_error=provider_unavailable");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_of_another_issuer_sends_nobody_there() {
    let (issuer, evil) = (Issuer::start().await, Issuer::start().await);
    let metadata = json!({
        "issuer": evil.url(), "authorization_endpoint": format!("{}/authorize", evil.url()),
        "token_endpoint": format!("{}/token", evil.url()), "jwks_uri": format!("{}/keys", evil.url()),
    });
    issuer.answers("/.well-known/openid-configuration", Reaction::json(200, &metadata));
    let app = app_with(json!([issuer.entry("acme")])).await;
    refused(&app.browser().open(START).await, "/in?sign_in_error=provider_unavailable");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_good_once() {
    let app = TestApp::start().await;
    let issuer = Issuer::shared();
    let mut browser = app.browser();
    let back = begin(&mut browser, issuer, START, &ada()).await;
    let mut copies: Vec<Browser> = (0..8).map(|_| browser.clone()).collect();
    let answers = join_all(copies.iter_mut().map(|copy| copy.open(&back))).await;
    let ins = answers.iter().filter(|answer| answer.header("location") == Some("http://latchkey.test/in")).count();
    assert_eq!((ins, app.count("SELECT count(*) FROM session")), (1, 1));
    refused(&browser.open(&back).await, "/?sign_in_error=sign_in_over");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_was_used_before_is_not_traded_again() {
    let issuer = Issuer::start().await;
    let app = app_with(json!([issuer.entry("acme")])).await;
    let mut browser = app.browser();
    let first = begin(&mut browser, &issuer, START, &ada()).await;
    let second = begin(&mut browser, &issuer, START, &json!({"sub": "eve"})).await;
    browser.open(&first).await;
    // The stolen code with a state of the thief's own: the verifier behind its challenge is another one.
    let code = first.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let state = second.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let mixed = browser.open(&format!("/v1/auth/oidc/acme/callback?code={code}&state={state}")).await;
    refused(&mixed, "/in?sign_in_error=provider_refused");
    assert_eq!(app.count("SELECT count(*) FROM session"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_code_is_of_no_use_in_another_sign_in() {
    let issuer = Issuer::start().await;
    let app = app_with(json!([issuer.entry("acme")])).await;
    let (mut victim, mut thief) = (app.browser(), app.browser());
    let stolen = begin(&mut victim, &issuer, START, &ada()).await;
    let own = begin(&mut thief, &issuer, START, &json!({"sub": "eve"})).await;
    let part =
        |url: &str, name: &str| url.split(&format!("{name}=")).nth(1).unwrap().split('&').next().unwrap().to_owned();
    let mixed = format!("/v1/auth/oidc/acme/callback?code={}&state={}", part(&stolen, "code"), part(&own, "state"));
    refused(&thief.open(&mixed).await, "/in?sign_in_error=provider_refused");
    nothing_was_opened(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_signed_in_as_somebody_else_by_a_planted_answer() {
    let app = TestApp::start().await;
    let issuer = Issuer::shared();
    let mut attacker = app.browser();
    let planted =
        begin(&mut attacker, issuer, START, &json!({"sub": "eve", "email": "eve@example.com", "email_verified": true}))
            .await;
    // A victim without a cookie, one with a cookie of their own, and a link scanner: none gets in, and none takes anything away.
    let mut victim = app.browser();
    refused(&victim.open(&planted).await, "/?sign_in_error=sign_in_over");
    victim.open(START).await.expect_status(303);
    refused(&victim.open(&planted).await, "/?sign_in_error=sign_in_over");
    let callback = planted.strip_prefix("http://latchkey.test").unwrap();
    app.anyone().request("HEAD", callback).send().await.expect_status(303);
    for cookie in ["latchkey_oidc=", "latchkey_oidc=00", &format!("latchkey_oidc={}", "0".repeat(64))] {
        let answer = app.anyone().request("GET", callback).header("cookie", cookie).send().await;
        refused(&answer, "/?sign_in_error=sign_in_over");
    }
    nothing_was_opened(&app);
    attacker.open(&planted).await;
    assert!(attacker.cookie("latchkey_session").is_some());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_that_we_have_not_made_opens_nothing() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let back = begin(&mut browser, Issuer::shared(), START, &ada()).await;
    let state = back.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let (digits, mac) = state.trim_start_matches("lko_").split_once('_').unwrap();
    for forged in [
        format!("lko_{digits}_{}", "0".repeat(64)),
        format!("lko_{}_{mac}", "0".repeat(32)),
        format!("lki_{digits}_{mac}"),
        digits.to_owned(),
        "' OR 1=1 --".to_owned(),
        "x".to_owned(),
    ] {
        let forged: String = forged.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = browser.clone().open(&format!("/v1/auth/oidc/acme/callback?code=1&state={forged}")).await;
        if answer.status != 422 {
            refused(&answer, "/?sign_in_error=sign_in_over");
        }
    }
    nothing_was_opened(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_ends_after_ten_minutes() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let back = begin(&mut browser, Issuer::shared(), START, &ada()).await;
    app.advance_clock(Duration::from_secs(601));
    refused(&browser.open(&back).await, "/?sign_in_error=sign_in_over");
    nothing_was_opened(&app);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_of_one_provider_is_not_taken_for_anothers() {
    let (honest, evil) = (Issuer::start().await, Issuer::start().await);
    let app = app_with(json!([honest.entry("acme"), evil.entry("evil")])).await;
    let mut browser = app.browser();
    // The attacker's provider sends the victim on to the honest one, to get the honest one's code sent to itself.
    let at_honest = begin(&mut browser, &honest, START, &ada()).await;
    let at_evil = begin(&mut browser, &evil, "/v1/auth/oidc/evil?return_to=/in", &ada()).await;
    let part =
        |url: &str, name: &str| url.split(&format!("{name}=")).nth(1).unwrap().split('&').next().unwrap().to_owned();
    let code = part(&at_honest, "code");
    // By the address, a state belongs to one provider.
    let crossed = format!("/v1/auth/oidc/evil/callback?code={code}&state={}", part(&at_honest, "state"));
    refused(&browser.open(&crossed).await, "/?sign_in_error=sign_in_over");
    // By its name, an answer belongs to one issuer: the code is not sent anywhere.
    let named =
        format!("/v1/auth/oidc/evil/callback?code={code}&state={}&iss={}", part(&at_evil, "state"), honest.url());
    refused(&browser.open(&named).await, "/in?sign_in_error=identity_refused");
    assert_eq!(evil.asked("/token"), 0);
    nothing_was_opened(&app);
    // What was mixed up has taken nothing away from the honest sign-in.
    browser.open(&at_honest).await;
    assert!(browser.cookie("latchkey_session").is_some());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_to_us_is_no_way_to_another_site() {
    let app = TestApp::start().await;
    for evil in [
        "//evil.example",
        "///evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n//evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "@evil.example",
        ".evil.example",
        "/\r\nset-cookie: latchkey_session=x",
    ] {
        let encoded: String = evil.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = app.anyone().get(&format!("/v1/auth/oidc/acme?return_to={encoded}")).await;
        let answer = answer.expect_problem(422, "invalid_request");
        assert_eq!(answer.header("location"), None, "{evil:?}");
    }
    // What remains is a path here, whatever it looks like.
    for path in ["/..//evil.example", "/%5C%5Cevil.example", "/@evil.example", "/.//evil.example"] {
        let encoded: String = path.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let (_, landed) =
            sign_in(&app, Issuer::shared(), &format!("/v1/auth/oidc/acme?return_to={encoded}"), &ada()).await;
        assert_eq!(landed.header("location"), Some(format!("http://latchkey.test{path}").as_str()));
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_nobody_has_verified_takes_over_no_account() {
    let (issuer, trusted) = (Issuer::start().await, Issuer::start().await);
    let mut entry = trusted.entry("trusted");
    entry["trusts_email"] = json!(true);
    let app = app_with(json!([issuer.entry("acme"), entry])).await;
    app.sign_in("ada@example.com").await;
    for word in [json!(false), json!("false"), json!(1), Value::Null] {
        let claim = json!({"sub": "eve", "email": "ada@example.com", "email_verified": word});
        let (_, landed) = sign_in(&app, &issuer, START, &claim).await;
        refused(&landed, "/in?sign_in_error=email_unverified");
    }
    // A provider that is trusted where it says nothing is taken at its word where it says no.
    let said_no = json!({"sub": "eve", "email": "ada@example.com", "email_verified": false});
    let (_, landed) = sign_in(&app, &trusted, "/v1/auth/oidc/trusted?return_to=/in", &said_no).await;
    refused(&landed, "/in?sign_in_error=email_unverified");
    assert_eq!(app.count("SELECT count(*) FROM identity"), 0);
    let unsaid = json!({"sub": "ada", "email": "ada@example.com"});
    let (_, landed) = sign_in(&app, &trusted, "/v1/auth/oidc/trusted?return_to=/in", &unsaid).await;
    assert_eq!(landed.header("location"), Some("http://latchkey.test/in"));
    assert_eq!(app.count("SELECT count(*) FROM user"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_subject_of_another_issuer_is_another_person() {
    let (one, other) = (Issuer::start().await, Issuer::start().await);
    let app = app_with(json!([one.entry("acme"), other.entry("other")])).await;
    sign_in(&app, &one, START, &ada()).await;
    let unverified = json!({"sub": "a", "email": "ada@example.com"});
    let (_, landed) = sign_in(&app, &other, "/v1/auth/oidc/other?return_to=/in", &unverified).await;
    refused(&landed, "/in?sign_in_error=email_unverified");
    let eve = json!({"sub": "a", "email": "eve@example.com", "email_verified": true});
    sign_in(&app, &other, "/v1/auth/oidc/other?return_to=/in", &eve).await;
    assert_eq!(app.count("SELECT count(DISTINCT user_id) FROM identity"), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_is_believed_about_its_own_domains_only() {
    let issuer = Issuer::start().await;
    let mut entry = issuer.entry("acme");
    entry["domains"] = json!(["acme.example", "xn--bcher-kva.example"]);
    let app = app_with(json!([entry])).await;
    app.sign_in("ceo@other.example").await;
    for email in
        ["ceo@other.example", "eve@x.acme.example", "eve@acme.example.evil.example", "eve@acme.example@other.example"]
    {
        let claim = json!({"sub": "eve", "email": email, "email_verified": true});
        let (_, landed) = sign_in(&app, &issuer, START, &claim).await;
        refused(&landed, "/in?sign_in_error=email_unverified");
    }
    for (subject, email) in [("1", "ada@ACME.example"), ("2", "ada@b\u{fc}cher.example")] {
        let claim = json!({"sub": subject, "email": email, "email_verified": true});
        let (_, landed) = sign_in(&app, &issuer, START, &claim).await;
        assert_eq!(landed.header("location"), Some("http://latchkey.test/in"), "{email}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_alike_address_at_a_provider_opens_nobodys_account() {
    let app = TestApp::start().await;
    app.sign_in("kim@example.com").await;
    for (subject, email) in [("1", "k\u{456}m@example.com"), ("2", "kim@ex\u{430}mple.com"), ("3", "kim+x@example.com")]
    {
        let claim = json!({"sub": subject, "email": email, "email_verified": true});
        sign_in(&app, Issuer::shared(), START, &claim).await;
    }
    let mine = "SELECT count(*) FROM identity i JOIN user u ON u.id = i.user_id WHERE u.email_key = 'kim@example.com'";
    assert_eq!(app.count(mine), 0);
    for email in ["kim", "kim@example.com\u{0}", "Kim <kim@example.com>", "\"kim\"@example.com"] {
        let claim = json!({"sub": "4", "email": email, "email_verified": true});
        let (_, landed) = sign_in(&app, Issuer::shared(), START, &claim).await;
        refused(&landed, "/in?sign_in_error=email_unverified");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_first_sign_ins_at_once_make_one_account() {
    let app = TestApp::start().await;
    let issuer = Issuer::shared();
    let mut begun = Vec::new();
    for n in 0..8 {
        let mut browser = app.browser();
        // The same person, and the same address under other names at the provider.
        let person = json!({"sub": format!("a{}", n % 4), "email": "ada@example.com", "email_verified": true});
        let back = begin(&mut browser, issuer, START, &person).await;
        begun.push((browser, back));
    }
    let landed = join_all(begun.iter_mut().map(|(browser, back)| browser.open(back))).await;
    assert!(landed.iter().all(|answer| answer.header("location") == Some("http://latchkey.test/in")));
    let counts = ["user", "identity", "session"].map(|table| app.count(&format!("SELECT count(*) FROM {table}")));
    assert_eq!(counts, [1, 4, 8]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_database_finishes_no_sign_in() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let sent = browser.open(START).await.expect_status(303);
    let location = sent.header("location").unwrap().to_owned();
    let part = |name: &str| location.split(&format!("&{name}=")).nth(1).unwrap().split('&').next().unwrap().to_owned();
    let rows = format!("{:?}", app.sql("SELECT * FROM oidc_state"));
    let state = part("state");
    for secret in [
        state.rsplit('_').next().unwrap(),
        &part("nonce"),
        &part("code_challenge"),
        browser.cookie("latchkey_oidc").unwrap(),
    ] {
        assert!(!rows.contains(secret), "{secret} in {rows}");
    }
    app.finish().await;
}
