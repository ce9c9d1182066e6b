//! What a stolen database, a look at an answer or a forgotten setting gives away.

use latchkey_testkit::{DISPATCH_TOKEN, Fault, SECRET_KEYS, TestApp, Value, When, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_database_opens_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let code = app.anyone().newest_mail("ada@example.com").await["code"].as_str().expect("a code").to_owned();
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let invitation_token = ada.mailed_token("bob@example.com").await;
    let accept = app.anyone().request("POST", "/v1/invitations/accept").header("idempotency-key", "k");
    let accepted = accept.json(&json!({"token": invitation_token})).send().await.expect_status(200);
    let bob = accepted.text_at("/session/token");

    let tail = |token: &str| token.rsplit('_').next().unwrap_or_default().to_owned();
    let key = SECRET_KEYS.split(':').next_back().expect("a key");
    let secrets = [tail(ada.token()), tail(&bob), tail(&invitation_token), key.to_owned(), DISPATCH_TOKEN.to_owned()];
    let mut files = 0;
    for entry in std::fs::read_dir(app.database_path().parent().expect("the state folder")).expect("the state folder") {
        let path = entry.expect("a file").path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{} holds {secret}", path.display());
        }
        files += 1;
    }
    assert!(files >= 2, "the database and the key-value store");
    // Six digits may stand in any number, so the code is looked for as a value.
    for table in app.sql("SELECT name FROM sqlite_schema WHERE type = 'table'") {
        let [latchkey_store::db::Value::Text(table)] = table.as_slice() else { panic!("a table without a name") };
        let rows = format!("{:?}", app.sql(&format!("SELECT * FROM \"{table}\"")));
        assert!(!rows.contains(&format!("\"{code}\"")) && !rows.contains(&format!("({code})")), "{table}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stored_of_a_session_is_no_session() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for row in app.sql("SELECT token_hash, id FROM session") {
        for value in row {
            let latchkey_store::db::Value::Text(stored) = value else { panic!("no text") };
            let digits = stored.trim_start_matches("ses_").to_owned();
            for token in [stored.clone(), format!("lks_{stored}"), format!("lks_{digits}"), digits] {
                app.anyone().bearer(token).get("/v1/me").await.expect_problem(401, "unauthenticated");
            }
        }
    }
    ada.get("/v1/me").await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mailbox_exists_in_development_only() {
    for setting in ["false", "0", ""] {
        let app = TestApp::start_with(|config| config.variable("dev_mode", setting)).await;
        app.anyone().post("/v1/auth/email", json!({"email": "ada@example.com"})).await.expect_status(202);
        for path in ["/dev/mailbox", "/dev/mailbox?to=ada@example.com"] {
            let answer = app.anyone().get(path).await;
            assert!(!answer.text.contains("ada@example.com"));
            answer.expect_problem(404, "no_such_route");
        }
        app.anyone().bearer(DISPATCH_TOKEN).get("/dev/mailbox").await.expect_problem(404, "no_such_route");
        app.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unset_dispatch_token_is_not_the_empty_one() {
    let app = TestApp::start_with(|config| config.variable("dispatch_token", "")).await;
    for value in ["Bearer ", "Bearer", "Bearer \"\"", "Basic Og==", ""] {
        let request = app.anyone().request("POST", "/v1/dispatch").header("authorization", value);
        request.send().await.expect_problem(401, "unauthenticated");
    }
    app.anyone().post("/v1/dispatch", Value::Null).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dispatch_token_is_whole_or_nothing_and_no_session() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let shorter = &DISPATCH_TOKEN[..DISPATCH_TOKEN.len() - 1];
    let longer = format!("{DISPATCH_TOKEN}x");
    for token in [shorter, longer.as_str(), &DISPATCH_TOKEN.to_uppercase(), ada.token()] {
        app.anyone().bearer(token).post("/v1/dispatch", Value::Null).await.expect_problem(401, "unauthenticated");
    }
    app.anyone().bearer(DISPATCH_TOKEN).get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.dispatch().await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_breaks_inside_stays_inside() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let said_inside = "no such column: token_hash, near SELECT x FROM session, in sqlite_db.db";
    app.faults().inject(When::next().containing("session s"), Fault::Error(said_inside.to_owned()));
    let answer = ada.get("/v1/orgs").await.expect_problem(500, "internal");
    for word in ["no such column", "SELECT", "token_hash", "sqlite"] {
        assert!(!answer.text.contains(word), "{}", answer.text);
    }
    ada.get("/v1/orgs").await.expect_status(200);
    app.finish().await;
}
