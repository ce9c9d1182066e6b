use std::time::Duration;

use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, json, redacted, shown};

use crate::support::wrong_fields;

async fn ask_for_code(caller: &Caller, email: &str) -> Answer {
    caller.post("/v1/auth/email", json!({ "email": email })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_does_not_tell_who_has_an_account() {
    let app = TestApp::start().await;
    app.sign_in("ada@example.com").await;
    let known = ask_for_code(&app.anyone(), "ada@example.com").await;
    let unknown = ask_for_code(&app.anyone(), "nobody@example.com").await;
    assert_eq!(shown(&known), shown(&unknown));
    expect![[r#"
        202
        {
          "challenge": "sic#1",
          "expires_at": "[time]"
        }"#]]
    .assert_eq(&shown(&known));
    expect![[r#"
        {
          "code": "[code]",
          "created_at": "[time]",
          "html": "[html]",
          "id": "sign_in_code:sic#1:1",
          "kind": "sign_in_code",
          "subject": "[code] is your Latchkey sign-in code",
          "text": "Your sign-in code for Latchkey:\n\n[code]\n\nIt works once, and only for a few minutes. If you did not ask for it, ignore this mail: nobody can sign in without it.\n",
          "to": "nobody@example.com",
          "token": null
        }"#]].assert_eq(&redacted(&app.anyone().newest_mail("nobody@example.com").await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_is_one_account_however_it_is_typed() {
    let app = TestApp::start().await;
    let first = app.sign_in(" Zoë@Bücher.Example ").await.get("/v1/me").await.expect_status(200);
    assert_eq!(first.text_at("/email"), "Zoë@bücher.example", "kept as it was typed first");
    for again in ["zoë@xn--bcher-kva.example", "ZOË@BÜCHER.EXAMPLE"] {
        let me = app.sign_in(again).await.get("/v1/me").await.expect_status(200);
        assert_eq!(me.json(), first.json(), "{again}");
    }
    assert_eq!(app.count("SELECT count(*) FROM user"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_client_gets_six_codes_an_hour_for_an_address_and_those_go_on_working() {
    let app = TestApp::start().await;
    let anyone = app.anyone();
    let mut challenge = String::new();
    for n in 0..6 {
        let typed = if n % 2 == 0 { "ada@example.com" } else { "ADA@Example.COM" };
        challenge = ask_for_code(&anyone, typed).await.expect_status(202).text_at("/challenge");
    }
    let refused = ask_for_code(&anyone, "Ada@example.com").await.expect_problem(429, "too_many_requests");
    let wait_s: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((3500..=3601).contains(&wait_s), "{wait_s}");
    ask_for_code(&anyone, "bob@example.com").await.expect_status(202);

    let mails = anyone.mails("ada@example.com").await;
    let mail = mails.iter().find(|mail| mail["id"].as_str().unwrap().contains(&challenge));
    let code = mail.unwrap()["code"].clone();
    anyone.post("/v1/auth/email/verify", json!({"challenge": challenge, "code": code})).await.expect_status(200);

    app.advance_clock(Duration::from_secs(wait_s));
    ask_for_code(&anyone, "ada@example.com").await.expect_status(202);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_client_cannot_keep_a_person_elsewhere_from_signing_in() {
    let app = TestApp::start_with(|config| config.variable("trusted_proxy_hops", "1")).await;
    let from = |client: &str| {
        let request = app.anyone().request("POST", "/v1/auth/email").header("x-forwarded-for", client);
        request.json(&json!({"email": "ada@example.com"})).send()
    };
    for _ in 0..6 {
        from("192.0.2.1").await.expect_status(202);
    }
    from("192.0.2.1").await.expect_problem(429, "too_many_requests");
    from("198.51.100.7").await.expect_status(202);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_gets_twenty_codes_an_hour_whoever_asks() {
    let app = TestApp::start_with(|config| config.variable("trusted_proxy_hops", "1")).await;
    let from = |client: u32| {
        let request =
            app.anyone().request("POST", "/v1/auth/email").header("x-forwarded-for", &format!("192.0.2.{client}"));
        request.json(&json!({"email": "ada@example.com"})).send()
    };
    for n in 0..20 {
        from(n / 4).await.expect_status(202);
    }
    from(9).await.expect_problem(429, "too_many_requests");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_asks_for_twenty_codes_in_ten_minutes() {
    let app = TestApp::start_with(|config| config.variable("trusted_proxy_hops", "1")).await;
    let from = |client: &'static str, n: u32| {
        let body = json!({"email": format!("person{n}@example.com")});
        app.anyone().request("POST", "/v1/auth/email").header("x-forwarded-for", client).json(&body).send()
    };
    for n in 0..20 {
        from("192.0.2.1", n).await.expect_status(202);
    }
    let refused = from("192.0.2.1", 20).await.expect_problem(429, "too_many_requests");
    let wait_s: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=600).contains(&wait_s), "{wait_s}");
    from("192.0.2.2", 21).await.expect_status(202);
    app.advance_clock(Duration::from_secs(wait_s + 1));
    from("192.0.2.1", 22).await.expect_status(202);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_cannot_pretend_to_be_many_when_no_proxy_is_trusted() {
    let app = TestApp::start().await;
    let from = |n: u32| {
        let request =
            app.anyone().request("POST", "/v1/auth/email").json(&json!({"email": format!("p{n}@example.com")}));
        request
            .header("x-forwarded-for", &format!("192.0.2.{n}"))
            .header("spin-client-addr", &format!("192.0.2.{n}:80"))
    };
    for n in 0..20 {
        from(n).send().await.expect_status(202);
    }
    from(20).send().await.expect_problem(429, "too_many_requests");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_mail_cannot_reach_is_refused_by_field() {
    let app = TestApp::start().await;
    let anyone = app.anyone();
    let long = format!("{}@example.com", "a".repeat(250));
    for wrong in
        ["", "ada", "ada@", "ada@localhost", "Ada <ada@example.com>", "ada@exa mple.com", "a\nb@example.com", &long]
    {
        assert_eq!(wrong_fields(ask_for_code(&anyone, wrong).await), ["email invalid"], "{wrong:?}");
    }
    let all = anyone.post("/v1/auth/email", json!({"email": 5, "name": "Ada", "nick": "a"})).await;
    expect![[r#"
        422
        content-type: application/problem+json
        {
          "code": "invalid_request",
          "detail": "3 fields are wrong: email, name, nick.",
          "errors": [
            {
              "code": "wrong_type",
              "field": "email",
              "message": "This must be text."
            },
            {
              "code": "unknown",
              "field": "name",
              "message": "There is no such field here."
            },
            {
              "code": "unknown",
              "field": "nick",
              "message": "There is no such field here."
            }
          ],
          "request_id": "[request]",
          "status": 422,
          "title": "The request does not fit its description",
          "type": "/problems/invalid_request"
        }"#]]
    .assert_eq(&shown(&all));
    assert_eq!(wrong_fields(anyone.post("/v1/auth/email", json!({})).await), ["email required"]);
    assert_eq!(app.count("SELECT count(*) FROM sign_in_code"), 0);
    app.finish().await;
}
