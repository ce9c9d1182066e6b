use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, shown};

use crate::support::{join, wrong_fields};

async fn make(caller: &Caller, org: &str, body: Value) -> Answer {
    caller.post(&format!("/v1/orgs/{org}/invite-links"), body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_link_is_shown_with_its_secret_and_lives_as_long_as_the_policy_says() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Bright", "studio").await;
    let made = make(&ada, &org, json!({"role": "member"})).await;
    expect![[r#"
        201
        etag: "3"
        location: /v1/orgs/org#1/invite-links/lnk#1
        {
          "created_at": "[time]",
          "created_by": "mem#1",
          "domains": [],
          "expires_at": "[time]",
          "id": "lnk#1",
          "role": "member",
          "status": "active",
          "token": "[lkl token]",
          "url": "http://latchkey.test/join#[lkl token]",
          "uses": 0,
          "uses_max": null
        }"#]]
    .assert_eq(&shown(&made));
    let (token, url) = (made.text_at("/token"), made.text_at("/url"));
    assert_eq!(url, format!("http://latchkey.test/join#{token}"));
    assert_eq!(made.header("location"), Some(format!("/v1/orgs/{org}/invite-links/{}", made.text_at("/id")).as_str()));
    let (created, expires) = (made.text_at("/created_at"), made.text_at("/expires_at"));
    assert!(created < expires, "{created} {expires}");
    assert_eq!(app.count("SELECT expires_at - created_at FROM invite_link") / 1000, 30 * 24 * 3600);
    let log = ada.audit(&org).await;
    expect![[r#"
        {
          "created_by": "mem#1",
          "expires_at": "[time]",
          "role": "member"
        }"#]]
    .assert_eq(&latchkey_testkit::redacted(&log[2]["data"]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_made_for_a_time_for_some_people_and_for_addresses_of_some_domains() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let domains = ["@Example.COM", "bücher.example", "example.com", "EXAMPLE.com "];
    let body = json!({"role": "viewer", "expires_in_s": 3600, "uses_max": 7, "domains": domains});
    let made = make(&ada, &org, body).await.expect_status(201).json();
    assert_eq!(made["domains"], json!(["example.com", "xn--bcher-kva.example"]));
    assert_eq!((&made["uses_max"], &made["uses"]), (&json!(7), &json!(0)));
    assert_eq!(app.count("SELECT expires_at - created_at FROM invite_link") / 1000, 3600);
    let open = make(&ada, &org, json!({"role": "viewer", "uses_max": null, "domains": [], "expires_in_s": null})).await;
    assert_eq!(open.expect_status(201).json()["uses_max"], Value::Null);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repetition_by_its_key_shows_the_same_secret_and_nobody_else_sees_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (path, body) = (format!("/v1/orgs/{org}/invite-links"), json!({"role": "viewer"}));
    let first = ada.request("POST", &path).header("idempotency-key", "k").json(&body).send().await.expect_status(201);
    let again = ada.request("POST", &path).header("idempotency-key", "k").json(&body).send().await.expect_status(201);
    assert_eq!((first.text.as_str(), again.header("idempotent-replayed")), (again.text.as_str(), Some("true")));
    let token = first.text_at("/token");
    let secret = &token[token.len() - 64..];
    for table in ["command", "event", "invite_link"] {
        assert!(!format!("{:?}", app.sql(&format!("SELECT * FROM {table}"))).contains(secret), "{table}");
    }
    for path in [path, format!("/v1/orgs/{org}/audit")] {
        assert!(!ada.get(&path).await.expect_status(200).text.contains(secret), "{path}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_makes_links_to_the_roles_it_may_invite() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (admin, _) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (viewer, _) = ada.bring_in(&org, "carol@example.com", "viewer").await;
    let refused = make(&admin, &org, json!({"role": "owner"})).await.expect_problem(403, "role_out_of_reach");
    assert_eq!(refused.json()["target_role"], "owner");
    let refused = make(&viewer, &org, json!({"role": "viewer"})).await.expect_problem(403, "forbidden");
    assert_eq!(refused.json()["permission"], "member.invite");
    make(&ada, &org, json!({"role": "janitor"})).await.expect_problem(422, "unknown_role");
    let eve = app.sign_in("eve@example.com").await;
    make(&eve, &org, json!({"role": "viewer"})).await.expect_problem(404, "not_found");
    // A link to the top role is judged when somebody joins by it: the plan may be another by then.
    let token = make(&ada, &org, json!({"role": "owner"})).await.expect_status(201).text_at("/token");
    join(&eve, &token).await.expect_problem(409, "top_role_limit");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let send = |body| async { wrong_fields(make(&ada, &org, body).await) };
    assert_eq!(send(json!({})).await, ["role required"]);
    let wrong = json!({"role": 1, "expires_in_s": 59, "uses_max": 0, "domains": ["example"], "note": "x"});
    let named =
        ["role wrong_type", "expires_in_s out_of_range", "uses_max out_of_range", "domains invalid", "note unknown"];
    assert_eq!(send(wrong).await, named);
    let wrong =
        json!({"role": "viewer", "expires_in_s": 31_536_001, "uses_max": 10_001, "domains": vec!["a.example"; 51]});
    assert_eq!(send(wrong).await, ["expires_in_s out_of_range", "uses_max out_of_range", "domains too_long"]);
    let wrong = json!({"role": "viewer", "expires_in_s": "60", "uses_max": 1.5, "domains": "example.com"});
    assert_eq!(send(wrong).await, ["expires_in_s wrong_type", "uses_max wrong_type", "domains wrong_type"]);
    app.finish().await;
}
