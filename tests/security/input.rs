//! Values that mean something to a parser, to SQL or to an eye.

use latchkey_testkit::{TestApp, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_is_text_and_no_pattern() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.patch("/v1/me", json!({"display_name": "Ada 100%_real"})).await.expect_status(200);
    ada.invite(&org, "bob@example.com", "viewer").await;
    let found = async |search: &str| {
        let path = format!("/v1/orgs/{org}/members?search={search}");
        ada.get(&path).await.expect_status(200).data().len()
    };
    // LIKE and GLOB characters, quotes, a comment, NUL, the last code point there is.
    for nothing in
        ["%25", "_", "*", "%3F", "[a-z]*", "'", "%22", "a'--", "')%20OR%201=1--", "%00", "a%00", "%F4%8F%BF%BF", "%5C"]
    {
        assert_eq!(found(nothing).await, 0, "{nothing}");
    }
    for one in ["100%25", "100%25_r", "ADA", "bob@", "%C3%A0da"] {
        assert_eq!(found(one).await, 1, "{one}");
    }
    assert_eq!(found("example.com").await, 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_goes_into_the_store_as_it_came_and_runs_nowhere() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for name in
        ["'; DROP TABLE org; --", "\"}', '$.x", "${jndi:ldap://x}", "{{ secret_keys }}", "../../etc/passwd", "%s%n"]
    {
        let org = ada.create_org(name).await;
        assert_eq!(ada.get(&format!("/v1/orgs/{org}")).await.text_at("/name"), name);
    }
    let strange = "o'brien+$%7bx%7d@example.com";
    app.anyone().post("/v1/auth/email", json!({"email": strange})).await.expect_status(202);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_cursor_shows_nothing_that_the_list_would_not() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for n in 0..3 {
        ada.create_org(&format!("Acme {n}")).await;
    }
    let eve = app.sign_in("eve@example.com").await;
    let cursor = ada.get("/v1/orgs?limit=1").await.text_at("/next_cursor");
    // A cursor is a place in a list, and no permission: in another's hands it leads through the other's own list.
    assert_eq!(eve.get(&format!("/v1/orgs?cursor={cursor}")).await.expect_status(200).data().len(), 0);
    let half = &cursor[..cursor.len() / 2];
    for forged in [half, "WzEsIngiLDBd", "bnVsbA", "W10", "AA==", "%00", "%F0%9F%98%80", &"A".repeat(1024)] {
        ada.get(&format!("/v1/orgs?cursor={forged}")).await.expect_problem(422, "bad_cursor");
    }
    ada.get(&format!("/v1/orgs?cursor={}", "A".repeat(1025))).await.expect_status(422);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_that_readers_could_understand_differently_is_refused_or_read_one_way() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let post = async |body: &[u8]| {
        ada.request("POST", "/v1/orgs").header("content-type", "application/json").body(body).send().await
    };
    let not_json: [&[u8]; 11] = [
        b"",
        b"\xef\xbb\xbf{\"name\": \"a\"}",
        b"{\"name\": \"\xff\"}",
        b"{\"name\": \"\\ud800\"}",
        b"{\"name\": 'a'}",
        b"{\"name\": \"a\",}",
        b"{\"name\": \"a\"} {}",
        b"{/* */\"name\": \"a\"}",
        b"{\"name\": NaN}",
        b"{\"name\": 1e999}",
        b"\xff\xfe{\0}\0",
    ];
    for body in not_json {
        post(body).await.expect_problem(400, "not_json");
    }
    for body in [
        &b"{\"name\": 1}"[..],
        b"{\"name\": [\"a\"]}",
        b"{\"name\": {\"$ne\": null}}",
        b"{\"name\": \"a\\u0000b\"}",
        b"[]",
    ] {
        post(body).await.expect_problem(422, "invalid_request");
    }
    // Of a name that stands there twice, the last counts, as for JavaScript.
    assert_eq!(post(b"{\"name\": \"first\", \"name\": \"last\"}").await.expect_status(201).text_at("/name"), "last");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_cannot_be_seen_is_no_name() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    for unseen in [
        "\u{200b}",
        "\u{3164}",
        "\u{feff}",
        "\u{ad}\u{2060}",
        "\u{301}",
        "a\u{202e}b",
        "\u{2066}a",
        "a\nb",
        "a\u{2028}b",
    ] {
        ada.post("/v1/orgs", json!({"name": unseen})).await.expect_problem(422, "invalid_request");
        ada.patch("/v1/me", json!({"display_name": unseen})).await.expect_problem(422, "invalid_request");
    }
    for email in [
        "a\u{202e}b@example.com",
        "a\u{200b}b@example.com",
        "a\u{ad}b@example.com",
        "a\u{2028}b@example.com",
        "a\r\nbcc:x@example.com",
    ] {
        app.anyone().post("/v1/auth/email", json!({"email": email})).await.expect_problem(422, "invalid_request");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_what_they_may_not_give() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, _) = ada.bring_in(&org, "admin@example.com", "admin").await;
    let path = format!("/v1/orgs/{org}/invitations");
    admin
        .post(&path, json!({"email": "x@example.com", "role": "owner"}))
        .await
        .expect_problem(403, "role_out_of_reach");
    for role in ["Owner", "owner ", "root", "owner\u{200b}", ""] {
        let refused = admin.post(&path, json!({"email": "x@example.com", "role": role})).await;
        assert!(!refused.status.is_success(), "{role}: {}", refused.text);
    }
    assert_eq!(app.count("SELECT count(*) FROM invitation WHERE role = 'owner'"), 0);
    let owner = ada.get(&format!("/v1/orgs/{org}/members?search=ada@example.com")).await.data()[0]["id"].clone();
    let owner = owner.as_str().expect("an id");
    let remove = format!("/v1/orgs/{org}/members/{owner}");
    admin.delete(&remove, latchkey_testkit::Value::Null).await.expect_problem(403, "role_out_of_reach");
    app.finish().await;
}
