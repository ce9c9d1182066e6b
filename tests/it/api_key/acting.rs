//! A key as a credential: what it may ask, whose name is in the log, and what is recorded of it.

use latchkey_testkit::{PUBLIC_URL, TestApp, Value, json};

use super::{eventually, make_key};
use crate::support::texts;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_records_its_use_with_itself() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let key = make_key(&ada, &org, json!({})).await;
    let invite = |test_id: &'static str, email: &str| {
        let request = key.program(&app).request("POST", &format!("/v1/orgs/{org}/invitations"));
        let request = request.header("x-test-id", test_id).header("user-agent", "ci/1");
        request.json(&json!({"email": email, "role": "viewer"}))
    };
    let made = invite("change", "bob@example.com").header("idempotency-key", "k").send().await.expect_status(201);
    assert_eq!(app.statements_of("change").len(), 2);
    let uses = "SELECT count(*) FROM activity WHERE type = 'api_key.used'";
    assert_eq!(app.count(uses), 1, "there when the answer comes");
    let fits = "SELECT count(*) FROM activity a JOIN command c ON c.id = a.data ->> '$.command' AND c.principal = a.actor \
                WHERE a.data ->> '$.operation' = 'create_invitation' AND a.user_agent = 'ci/1' AND a.ip IS NOT NULL";
    assert_eq!(app.count(fits), 1);
    let event = ada.audit(&org).await.pop().unwrap();
    assert_eq!((&event["type"], &event["actor"]["id"]), (&json!("invitation.created"), &json!(key.id)));

    // The name of a request is remembered under the key: its holder's is another.
    let again = invite("again", "bob@example.com").header("idempotency-key", "k").send().await.expect_status(201);
    assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (made.text.as_str(), Some("true")));
    let by_ada = ada.request("POST", &format!("/v1/orgs/{org}/invitations")).header("idempotency-key", "k");
    let by_ada = by_ada.json(&json!({"email": "bob@example.com", "role": "viewer"})).send().await;
    by_ada.expect_problem(409, "already_invited");
    eventually(&app, uses, 2).await;
    // What is refused is a use as well, with how it ended.
    invite("refused", "bob@example.com").send().await.expect_problem(409, "already_invited");
    eventually(&app, &format!("{uses} AND data ->> '$.status' = 409"), 1).await;
    let broken = key.program(&app).post(&format!("/v1/orgs/{org}/invitations"), json!({"zzz": 1})).await;
    broken.expect_problem(422, "invalid_request");
    eventually(&app, &format!("{uses} AND data ->> '$.status' = 422"), 1).await;
    let dry = format!("/v1/orgs/{org}/invitations?dry_run=true");
    let tried = key.program(&app).post(&dry, json!({"email": "c@example.com", "role": "viewer"})).await;
    tried.expect_status(200);
    eventually(&app, uses, 5).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_records_its_use_after_the_answer() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let key = make_key(&ada, &org, json!({})).await;
    assert_eq!(ada.get(&key.path(&org)).await.json()["last_used_at"], Value::Null);
    let read = key.program(&app).request("GET", &format!("/v1/orgs/{org}/members")).header("x-test-id", "read");
    read.send().await.expect_status(200);
    eventually(
        &app,
        "SELECT count(*) FROM activity WHERE data ->> '$.operation' = 'list_members' AND data ->> '$.status' = 200",
        1,
    )
    .await;
    assert_eq!(app.statements_of("read").len(), 2, "the read, and its record");
    assert!(ada.get(&key.path(&org)).await.json()["last_used_at"].is_string());
    assert_eq!(app.count("SELECT count(*) FROM activity"), 1, "a person's requests are no uses");
    // In another organization's name nothing is written, not even into one's own.
    let elsewhere = app.sign_in("eve@example.com").await.create_org("Elsewhere").await;
    key.program(&app).get(&format!("/v1/orgs/{elsewhere}")).await.expect_problem(404, "not_found");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(app.count("SELECT count(*) FROM activity"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_no_person() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let key = make_key(&ada, &org, json!({})).await;
    let program = key.program(&app);
    for (method, path) in [
        ("GET", "/v1/me".to_owned()),
        ("DELETE", "/v1/me".to_owned()),
        ("GET", "/v1/orgs".to_owned()),
        ("POST", "/v1/orgs".to_owned()),
        ("DELETE", "/v1/auth/session".to_owned()),
        ("POST", format!("/v1/orgs/{org}/leave")),
        ("POST", "/v1/invite-links/join".to_owned()),
        ("POST", "/v1/invitations/accept".to_owned()),
    ] {
        program.request(method, &path).send().await.expect_problem(403, "session_required");
        // Nor in the place of a session: there it is nothing.
        let cookie = format!("latchkey_session={}", key.text);
        let by_cookie = app.anyone().request(method, &path).header("cookie", &cookie).header("origin", PUBLIC_URL);
        let answer = by_cookie.send().await;
        assert!(
            answer.status.is_client_error() && answer.json()["code"] != "session_required",
            "{path}: {}",
            answer.text
        );
    }
    let cookie = format!("latchkey_session={}", key.text);
    for path in [format!("/v1/orgs/{org}"), format!("/v1/orgs/{org}/members")] {
        let by_cookie = app.anyone().request("GET", &path).header("cookie", &cookie);
        by_cookie.send().await.expect_problem(401, "unauthenticated");
    }
    ada.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistyped_key_is_told_apart_without_the_store() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let key = make_key(&ada, &org, json!({})).await;
    let cut = &key.text[..key.text.len() - 1];
    let swapped = format!("{}{}", &cut[..cut.len() - 1], "zz");
    for (n, text) in [cut, &swapped, "lk_", &key.text.replace("lk_", "lk_0")].into_iter().enumerate() {
        let id = format!("mistyped {n}");
        let asked = app.anyone().bearer(text).request("GET", &format!("/v1/orgs/{org}")).header("x-test-id", &id);
        let refused = asked.send().await.expect_problem(401, "unauthenticated");
        assert!(refused.text.contains("checksum"), "{}", refused.text);
        assert_eq!(app.statements_of(&id).len(), 0);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_for_one_project_acts_nowhere_else() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let (engine, mill) = (ada.create_project(&org, "Engine").await, ada.create_project(&org, "Mill").await);
    let key = make_key(&ada, &org, json!({ "project": engine })).await;
    let program = key.program(&app);
    let at = |project: &str| format!("/v1/orgs/{org}/projects/{project}");
    program.get(&at(&engine)).await.expect_status(200);
    program.get(&format!("{}/members", at(&engine))).await.expect_status(200);
    for path in [
        at(&mill),
        format!("{}/members", at(&mill)),
        format!("/v1/orgs/{org}"),
        format!("/v1/orgs/{org}/members"),
        format!("/v1/orgs/{org}/projects"),
        format!("/v1/orgs/{org}/api-keys"),
        format!("/v1/orgs/{org}/audit"),
    ] {
        program.get(&path).await.expect_problem(403, "key_of_a_project");
    }
    program
        .post(&format!("/v1/orgs/{org}/api-keys"), json!({"name": "x"}))
        .await
        .expect_problem(403, "key_of_a_project");
    program.post(&format!("{}/rotate", key.path(&org)), json!(null)).await.expect_problem(403, "key_of_a_project");
    // Scopes and the rate bound it there as everywhere.
    let nothing = make_key(&ada, &org, json!({ "scopes": [] })).await;
    for path in [at(&engine), format!("{}/members", at(&engine)), format!("/v1/orgs/{org}/projects")] {
        nothing.program(&app).get(&path).await.expect_problem(403, "scope_lacks");
    }
    let once = make_key(&ada, &org, json!({ "project": engine, "rate_limit": {"requests": 1, "window_s": 60} })).await;
    once.program(&app).get(&at(&engine)).await.expect_status(200);
    eventually(&app, &format!("SELECT coalesce(max(window_used), 0) FROM api_key_use WHERE key_id = '{}'", once.id), 1)
        .await;
    once.program(&app).get(&at(&engine)).await.expect_problem(429, "too_many_requests");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_good_in_its_own_organization_only() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let bob = app.sign_in("bob@example.com").await;
    let (org, theirs) = (ada.create_org_with("Acme", "platform").await, bob.create_org_with("Beta", "platform").await);
    let key = make_key(&ada, &org, json!({})).await;
    let project = bob.create_project(&theirs, "Loom").await;
    let invitation = bob.invite_into(&theirs, &project, "ada@example.com", "developer").await;
    let accepted = ada.post(&format!("/v1/me/invitations/{invitation}/accept"), Value::Null).await;
    accepted.expect_status(200);
    let path = format!("/v1/orgs/{theirs}/projects/{project}");
    ada.get(&path).await.expect_status(200);
    // The holder is a guest there; the key is not.
    for path in
        [&path, &format!("{path}/members"), &format!("/v1/orgs/{theirs}/projects"), &format!("/v1/orgs/{theirs}")]
    {
        key.program(&app).get(path).await.expect_problem(404, "not_found");
    }
    // Nor is it, where the holder is a member as well.
    let second = ada.create_org_with("Gamma", "platform").await;
    key.program(&app).get(&format!("/v1/orgs/{second}")).await.expect_problem(404, "not_found");
    assert_eq!(texts(&ada.get("/v1/orgs").await.data(), "name").len(), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_never_pass_a_keys_rate() {
    const MANY: usize = 24;
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let key = make_key(&ada, &org, json!({"rate_limit": {"requests": 3, "window_s": 3600}})).await;
    let mut requests = tokio::task::JoinSet::new();
    for n in 0..MANY {
        let (program, path) = (key.program(&app), format!("/v1/orgs/{org}/invitations"));
        let body = json!({"email": format!("new{n}@example.com"), "role": "viewer"});
        requests.spawn(async move { program.post(&path, body).await.status.as_u16() });
    }
    let statuses = requests.join_all().await;
    let made = statuses.iter().filter(|status| **status == 201).count();
    assert!(made <= 3, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 429].contains(status)), "{statuses:?}");
    assert_eq!(app.count("SELECT count(*) FROM invitation"), made as i64);
    app.finish().await;
}
