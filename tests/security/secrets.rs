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
    let keys = format!("/v1/orgs/{org}/api-keys");
    let made = ada.post(&keys, json!({"name": "CI"})).await.expect_status(201);
    let rotate = format!("{keys}/{}/rotate", made.text_at("/id"));
    let rotated = ada.post(&rotate, Value::Null).await.expect_status(200);
    let api_keys = [made.text_at("/key"), rotated.text_at("/key")];
    for key in &api_keys {
        app.anyone().bearer(key).get(&keys).await.expect_status(200);
        app.operator().post("/v1/api-keys/verify", json!({ "key": key })).await.expect_status(200);
    }

    let tail = |token: &str| token.rsplit('_').next().unwrap_or_default().to_owned();
    let key = SECRET_KEYS.split(':').next_back().expect("a key");
    let [first_key, second_key] = api_keys.map(|key| tail(&key));
    let secrets = [
        tail(ada.token()),
        tail(&bob),
        tail(&invitation_token),
        key.to_owned(),
        DISPATCH_TOKEN.to_owned(),
        first_key,
        second_key,
    ];
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
async fn what_is_stored_of_a_key_is_no_key() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let made = ada.post(&format!("/v1/orgs/{org}/api-keys"), json!({"name": "CI"})).await.expect_status(201);
    let (label, key) = (made.text_at("/label"), made.text_at("/key"));
    let path = format!("/v1/orgs/{org}");
    for row in app.sql("SELECT id, api_key_id FROM api_key_secret") {
        for value in row {
            let latchkey_store::db::Value::Text(stored) = value else { panic!("no text") };
            let digits = stored.trim_start_matches("key_").repeat(2);
            let forged = latchkey_domain::key::compose(&label, &digits[..64]);
            for token in
                [stored.clone(), forged, format!("lks_{stored}"), key.to_uppercase(), key.replace("lk_", "lks_")]
            {
                app.anyone().bearer(token).get(&path).await.expect_problem(401, "unauthenticated");
            }
        }
    }
    // Whatever is told of a key, its text is in the two answers that show it, and in their repetitions.
    for told in [format!("{path}/api-keys"), format!("{path}/audit"), format!("{path}/members")] {
        assert!(!ada.get(&told).await.expect_status(200).text.contains(&key[12..]), "{told}");
    }
    app.anyone().bearer(&key).get(&path).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mailbox_exists_in_development_only() {
    for setting in ["false", "0", ""] {
        let app =
            TestApp::start_with(|config| config.variable("dev_mode", setting).variable("mail_provider", "none")).await;
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
