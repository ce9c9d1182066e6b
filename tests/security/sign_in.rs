//! Guessing codes, taking over addresses, and getting around the limits on both.

use futures::future::join_all;
use latchkey_testkit::{Answer, Caller, TestApp, json};

async fn start(caller: &Caller, email: &str) -> Answer {
    caller.post("/v1/auth/email", json!({"email": email})).await
}

async fn verify(caller: &Caller, challenge: &str, code: &str) -> Answer {
    caller.post("/v1/auth/email/verify", json!({"challenge": challenge, "code": code})).await
}

async fn code(caller: &Caller, email: &str) -> String {
    caller.newest_mail(email).await["code"].as_str().expect("a code").to_owned()
}

/// Six digits that are not these.
fn wrong(code: &str, n: usize) -> String {
    let right: usize = code.parse().expect("digits");
    format!("{:06}", (right + 1 + n) % 1_000_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_in_parallel_gains_no_try() {
    let app = TestApp::start().await;
    let anyone = app.anyone();
    let challenge = start(&anyone, "ada@example.com").await.expect_status(202).text_at("/challenge");
    let right = code(&anyone, "ada@example.com").await;
    let guesses: Vec<String> = (0..40).map(|n| wrong(&right, n)).collect();
    let answers = join_all(guesses.iter().map(|guess| verify(&anyone, &challenge, guess))).await;
    let judged = answers.iter().filter(|answer| answer.json()["code"] == "code_wrong").count();
    assert_eq!(judged, 5, "wrong codes that were compared");
    assert!(answers.iter().all(|answer| !answer.status.is_success()));
    // The right one comes too late, and a new code opens the door all the same.
    verify(&anyone, &challenge, &right).await.expect_problem(410, "code_spent");
    app.sign_in("ada@example.com").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_opens_one_session_however_often_it_is_sent() {
    let app = TestApp::start().await;
    let anyone = app.anyone();
    let challenge = start(&anyone, "ada@example.com").await.text_at("/challenge");
    let right = code(&anyone, "ada@example.com").await;
    let answers = join_all((0..16).map(|_| verify(&anyone, &challenge, &right))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(app.count("SELECT count(*) FROM session"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_of_one_address_opens_no_other() {
    let app = TestApp::start().await;
    let anyone = app.anyone();
    let mine = start(&anyone, "eve@example.com").await.text_at("/challenge");
    let theirs = start(&anyone, "ada@example.com").await.text_at("/challenge");
    let code = code(&anyone, "eve@example.com").await;
    assert_ne!(mine, theirs);
    let refused = verify(&anyone, &theirs, &code).await;
    // One time in a million both codes are the same.
    assert!(refused.json()["code"] == "code_wrong" || refused.status == 200, "{}", refused.text);
    let session = verify(&anyone, &mine, &code).await.expect_status(200);
    assert_eq!(session.text_at("/user/email"), "eve@example.com");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_alike_letter_does_not_open_somebodys_account() {
    let app = TestApp::start().await;
    let kim = app.sign_in("kim@example.com").await;
    let kim_id = kim.get("/v1/me").await.text_at("/id");
    // U+212A, the Kelvin sign, is k in lower case: compared alike, the mail has to go to the same mailbox as well.
    start(&app.anyone(), "\u{212a}im@example.com").await.expect_status(202);
    let mails = app.anyone().get("/dev/mailbox").await.expect_status(200).data();
    assert!(mails.iter().all(|mail| mail["to"].as_str().is_some_and(str::is_ascii)), "{mails:#?}");
    // Letters that only look alike are another address.
    let other = app.anyone().post("/v1/auth/email", json!({"email": "k\u{456}m@example.com"})).await.expect_status(202);
    let code = app.anyone().get("/dev/mailbox?limit=1").await.data()[0]["code"].as_str().expect("a code").to_owned();
    let session = verify(&app.anyone(), &other.text_at("/challenge"), &code).await.expect_status(200);
    assert_ne!(session.text_at("/user/id"), kim_id);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_client_addresses_do_not_get_around_the_limit() {
    let app = TestApp::start().await;
    let mut refused = 0;
    for n in 0..25 {
        let fake = format!("203.0.113.{n}");
        let request =
            app.anyone().request("POST", "/v1/auth/email").json(&json!({"email": format!("a{n}@example.com")}));
        let request = request.header("spin-client-addr", &format!("{fake}:1")).header("x-forwarded-for", &fake);
        let request = request.header("forwarded", &format!("for={fake}")).header("x-real-ip", &fake);
        let answer = request.header("Spin-Client-Addr", &format!("{fake}:2")).send().await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, 5);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_proxy_only_what_the_proxy_saw_counts() {
    let app = TestApp::start_with(|config| config.variable("trusted_proxy_hops", "1")).await;
    let ask = async |n: usize, forwarded: String| {
        let request =
            app.anyone().request("POST", "/v1/auth/email").json(&json!({"email": format!("a{n}@example.com")}));
        request.header("x-forwarded-for", &forwarded).send().await.status
    };
    let mut refused = 0;
    for n in 0..25 {
        // The client's own invention stands to the left of what the proxy appended.
        refused += usize::from(ask(n, format!("203.0.113.{n}, 198.51.100.7")).await == 429);
    }
    assert_eq!(refused, 5);
    assert_eq!(ask(99, "203.0.113.1, 198.51.100.8".to_owned()).await, 202);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_spellings_of_an_address_get_no_more_codes() {
    let app = TestApp::start().await;
    let mut sent = 0;
    for spelling in
        ["ada@example.com", "ADA@example.com", "Ada@EXAMPLE.com", "\u{41}da@example.com"].iter().cycle().take(16)
    {
        app.wipe_key_value().await;
        sent += usize::from(start(&app.anyone(), spelling).await.status == 202);
    }
    assert_eq!(sent, 6);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_learns_who_has_an_account() {
    let app = TestApp::start().await;
    app.sign_in("known@example.com").await;
    let mut answers = Vec::new();
    for email in ["known@example.com", "unknown@example.com"] {
        let started = start(&app.anyone(), email).await.expect_status(202);
        let challenge = started.text_at("/challenge");
        let guess = wrong(&code(&app.anyone(), email).await, 0);
        let refused = verify(&app.anyone(), &challenge, &guess).await.expect_problem(422, "code_wrong");
        let names = |answer: &Answer| answer.json().as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
        answers.push((names(&started), names(&refused), refused.json()["detail"].clone(), started.headers.len()));
    }
    assert_eq!(answers[0], answers[1]);
    app.finish().await;
}
