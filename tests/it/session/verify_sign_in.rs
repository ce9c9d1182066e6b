use std::time::Duration;

use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, json, shown};

use crate::support::wrong_fields;

/// A challenge and the code that was mailed for it.
async fn challenge(caller: &Caller, email: &str) -> (String, String) {
    let started = caller.post("/v1/auth/email", json!({ "email": email })).await.expect_status(202);
    let challenge = started.text_at("/challenge");
    let mails = caller.mails(email).await;
    let mail = mails.iter().find(|mail| mail["id"].as_str().is_some_and(|id| id.contains(&challenge)));
    let code = mail.expect("the mail of the challenge")["code"].as_str().expect("a code").to_owned();
    (challenge, code)
}

async fn verify(caller: &Caller, challenge: &str, code: &str) -> Answer {
    caller.post("/v1/auth/email/verify", json!({"challenge": challenge, "code": code})).await
}

fn another(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_opens_a_session_and_makes_the_account_on_first_use() {
    let app = TestApp::start().await;
    let anyone = app.anyone();
    let (id, code) = challenge(&anyone, "Ada@Example.com").await;
    assert_eq!(app.count("SELECT count(*) FROM user"), 0);
    let session = verify(&anyone, &id, &code).await;
    expect![[r#"
        200
        set-cookie: latchkey_session=[lks token]; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax
        {
          "expires_at": "[time]",
          "joined": null,
          "token": "[lks token]",
          "user": {
            "created_at": "[time]",
            "display_name": null,
            "email": "Ada@Example.com",
            "id": "usr#1"
          }
        }"#]]
    .assert_eq(&shown(&session));
    let token = session.text_at("/token");
    assert!(session.header("set-cookie").unwrap().contains(&format!("={token};")), "the cookie is the same session");
    anyone.clone().bearer(&token).get("/v1/me").await.expect_status(200);

    let (id, code) = challenge(&anyone, "ada@example.com").await;
    let again = verify(&anyone, &id, &code).await.expect_status(200);
    assert_eq!(again.json()["user"], session.json()["user"]);
    assert_ne!(again.text_at("/token"), token);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_read_as_people_write_it() {
    let app = TestApp::start().await;
    let (id, code) = challenge(&app.anyone(), "ada@example.com").await;
    verify(&app.anyone(), &id, &format!(" {} - {} ", &code[..3], &code[3..])).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_wrong_tries_kill_that_code_and_nothing_else() {
    let app = TestApp::start().await;
    let anyone = app.anyone();
    let (other_id, other_code) = challenge(&anyone, "ada@example.com").await;
    let (id, code) = challenge(&anyone, "ada@example.com").await;
    let wrong = another(&code);
    let first = verify(&anyone, &id, &wrong).await;
    expect![[r#"
        422
        content-type: application/problem+json
        {
          "code": "code_wrong",
          "detail": "The code is wrong. 4 tries are left.",
          "errors": [
            {
              "code": "not_allowed",
              "field": "code",
              "message": "The code is wrong. 4 tries are left."
            }
          ],
          "request_id": "[request]",
          "status": 422,
          "title": "The sign-in code is wrong",
          "tries_left": 4,
          "type": "/problems/code_wrong"
        }"#]]
    .assert_eq(&shown(&first));
    for tries_left in [3, 2, 1, 0] {
        let refused = verify(&anyone, &id, &wrong).await.expect_problem(422, "code_wrong");
        assert_eq!(refused.json()["tries_left"], tries_left);
    }
    let dead = verify(&anyone, &id, &code).await;
    expect![[r#"
        410
        content-type: application/problem+json
        {
          "code": "code_spent",
          "detail": "This code is used, expired, or was tried too often. Ask for a new code.",
          "request_id": "[request]",
          "status": 410,
          "title": "The sign-in code is no longer valid",
          "type": "/problems/code_spent"
        }"#]]
    .assert_eq(&shown(&dead));
    verify(&anyone, &other_id, &other_code).await.expect_status(200);
    app.sign_in("ada@example.com").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_lives_ten_minutes() {
    let app = TestApp::start().await;
    let anyone = app.anyone();
    let (early, early_code) = challenge(&anyone, "ada@example.com").await;
    let (late, late_code) = challenge(&anyone, "ada@example.com").await;
    app.advance_clock(Duration::from_secs(9 * 60));
    verify(&anyone, &early, &early_code).await.expect_status(200);
    app.advance_clock(Duration::from_secs(60));
    verify(&anyone, &late, &late_code).await.expect_problem(410, "code_spent");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_code_opens_one_session_however_many_bring_it_at_once() {
    let app = TestApp::start().await;
    let (id, code) = challenge(&app.anyone(), "ada@example.com").await;
    let anyone = app.anyone();
    let tries: Vec<_> = (0..16)
        .map(|_| {
            let (anyone, id, code) = (anyone.clone(), id.clone(), code.clone());
            tokio::spawn(async move { verify(&anyone, &id, &code).await })
        })
        .collect();
    let mut opened = 0;
    for answer in tries {
        let answer = answer.await.unwrap();
        match answer.status.as_u16() {
            200 => opened += 1,
            _ => drop(answer.expect_problem(410, "code_spent")),
        }
    }
    assert_eq!(opened, 1);
    assert_eq!(app.count("SELECT count(*) FROM session"), 1);
    assert_eq!(app.count("SELECT count(*) FROM user"), 1);
    verify(&anyone, &id, &code).await.expect_problem(410, "code_spent");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenge_that_is_none_is_like_a_spent_one() {
    let app = TestApp::start().await;
    for unknown in ["lch_019392d1c4b87d00a1b2c3d4e5f60718", "org_019392d1c4b87d00a1b2c3d4e5f60718", "x"] {
        verify(&app.anyone(), unknown, "123456").await.expect_problem(410, "code_spent");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_tries_sixty_codes_in_ten_minutes() {
    let app = TestApp::start().await;
    let anyone = app.anyone();
    for _ in 0..60 {
        verify(&anyone, "x", "123456").await.expect_problem(410, "code_spent");
    }
    let refused = verify(&anyone, "x", "123456").await.expect_problem(429, "too_many_requests");
    let wait_s: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    app.advance_clock(Duration::from_secs(wait_s + 1));
    verify(&anyone, "x", "123456").await.expect_problem(410, "code_spent");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let send = |body| async { wrong_fields(app.anyone().post("/v1/auth/email/verify", body).await) };
    assert_eq!(send(json!({})).await, ["challenge required", "code required"]);
    let long = "x".repeat(257);
    assert_eq!(
        send(json!({"challenge": long, "code": "12345", "remember": true})).await,
        ["challenge too_long", "code invalid", "remember unknown"]
    );
    assert_eq!(send(json!({"challenge": "", "code": 123456})).await, ["challenge too_short", "code wrong_type"]);
    assert_eq!(send(json!({"challenge": "a b", "code": "１２３４５６"})).await, ["challenge invalid", "code invalid"]);
    app.finish().await;
}
