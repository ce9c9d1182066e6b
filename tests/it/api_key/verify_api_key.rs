use std::time::Duration;

use expect_test::expect;
use latchkey_testkit::{TestApp, json, shown};

use super::{Key, make_key, verdict, verified};
use crate::support::wrong_fields;

const PATH: &str = "/v1/api-keys/verify";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_statement_tells_whose_key_it_is_and_records_the_use() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let key = make_key(&ada, &org, json!({"scopes": ["org.read", "badge.create"]})).await;
    let body = json!({"key": key.text, "permission": "badge.create", "ip": "192.0.2.7", "user_agent": "curl/8"});
    let asked = app.operator().request("POST", PATH).header("x-test-id", "verify").json(&body).send().await;
    expect![[r#"
        200
        {
          "expires_at": null,
          "id": "key#1",
          "label": "[label]",
          "member": "mem#1",
          "name": "CI",
          "organization": {
            "id": "org#1",
            "name": "Acme"
          },
          "ownerless": false,
          "permissions": [
            "badge.create",
            "org.read"
          ],
          "permitted": true,
          "project": null,
          "rate_limit": null,
          "reason": null,
          "restricted": [],
          "role": "owner",
          "scopes": [
            "badge.create",
            "org.read"
          ],
          "user": "usr#1",
          "valid": true
        }"#]]
    .assert_eq(&shown(&asked));
    assert_eq!(app.statements_of("verify").len(), 1);
    let row = app.sql("SELECT type, ip, user_agent, data, actor, received_at = at FROM activity");
    assert_eq!(
        format!("{row:?}"),
        format!(
            "[[Text(\"api_key.verified\"), Text(\"192.0.2.7\"), Text(\"curl/8\"), Text(\"{{\\\"permission\\\":\\\"badge.create\\\"}}\"), \
             Text(\"{}\"), Integer(1)]]",
            key.id
        )
    );
    let lacks = app.operator().post(PATH, json!({"key": key.text, "permission": "org.delete"})).await;
    assert_eq!(lacks.json()["permitted"], false);
    assert_eq!(lacks.json()["valid"], true);
    assert!(ada.get(&key.path(&org)).await.json()["last_used_at"].is_string());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_key_is_unknown_and_leaves_no_trace() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let key = make_key(&ada, &org, json!({})).await;
    let made_up = latchkey_domain::key::compose("0a1b2c3d", &"5e".repeat(32));
    let mut typo = key.text.clone();
    typo.replace_range(20..21, if &typo[20..21] == "0" { "1" } else { "0" });
    for (n, text) in [made_up.as_str(), &typo, &key.text.to_uppercase(), "x", ada.token()].into_iter().enumerate() {
        let id = format!("unknown {n}");
        let asked = app.operator().request("POST", PATH).header("x-test-id", &id).json(&json!({ "key": text }));
        let answer = asked.send().await.expect_status(200).json();
        assert_eq!(
            (&answer["valid"], &answer["reason"], &answer["id"]),
            (&json!(false), &json!("unknown"), &json!(null))
        );
        // The checksum tells a typo without the store.
        assert_eq!(app.statements_of(&id).len(), usize::from(n == 0), "{text}");
    }
    assert_eq!(app.count("SELECT count(*) FROM activity"), 0);
    for (body, wrong) in [
        (json!({}), "key required"),
        (json!({"key": key.text, "ip": "x"}), "ip invalid"),
        (json!({"key": key.text, "permission": "A B"}), "permission invalid"),
    ] {
        assert_eq!(wrong_fields(app.operator().post(PATH, body).await), [wrong]);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_product_asks_or_a_key_that_manages_keys() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let elsewhere = ada.create_org_with("Elsewhere", "platform").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "developer").await;
    let project = ada.create_project(&org, "Engine").await;
    let ask = |key: &Key, text: &str| {
        let program = key.program(&app);
        let body = json!({ "key": text });
        async move { program.post(PATH, body).await }
    };
    let key = make_key(&bob, &org, json!({})).await;
    let asker = make_key(&ada, &org, json!({"scopes": ["api_key.manage"]})).await;
    let told = ask(&asker, &key.text).await.expect_status(200).json();
    assert_eq!((&told["valid"], &told["member"]), (&json!(true), &json!(bob_id)));
    // Another organization's key is nothing to it.
    let theirs = make_key(&ada, &elsewhere, json!({})).await;
    assert_eq!(ask(&asker, &theirs.text).await.expect_status(200).json()["reason"], "unknown");
    assert_eq!(app.count(&format!("SELECT count(*) FROM activity WHERE actor = '{}'", theirs.id)), 0);

    let reads = make_key(&ada, &org, json!({"scopes": ["org.read"]})).await;
    ask(&reads, &key.text).await.expect_problem(403, "scope_lacks");
    let of_project = make_key(&ada, &org, json!({ "project": project })).await;
    ask(&of_project, &key.text).await.expect_problem(403, "key_of_a_project");
    let revoked = make_key(&ada, &org, json!({})).await;
    ada.delete(&revoked.path(&org), json!(null)).await.expect_status(204);
    let made_up = latchkey_domain::key::compose("0a1b2c3d", &"5e".repeat(32));
    let verified_before = app.count("SELECT count(*) FROM activity WHERE type = 'api_key.verified'");
    for text in [key.text.as_str(), "x"] {
        ask(&revoked, text).await.expect_problem(401, "unauthenticated");
        app.anyone().bearer(&made_up).post(PATH, json!({ "key": text })).await.expect_problem(401, "unauthenticated");
        app.anyone()
            .bearer(ada.token())
            .post(PATH, json!({ "key": text }))
            .await
            .expect_problem(401, "unauthenticated");
        app.anyone().post(PATH, json!({ "key": text })).await.expect_problem(401, "unauthenticated");
    }
    assert_eq!(app.count("SELECT count(*) FROM activity WHERE type = 'api_key.verified'"), verified_before);

    // The asker's own rate, and its holder's present role, count as everywhere.
    let limited = json!({"scopes": ["api_key.manage"], "rate_limit": {"requests": 1, "window_s": 3600}});
    let limited = make_key(&ada, &org, limited).await;
    ask(&limited, &key.text).await.expect_status(200);
    super::eventually(
        &app,
        &format!("SELECT coalesce(max(window_used), 0) FROM api_key_use WHERE key_id = '{}'", limited.id),
        1,
    )
    .await;
    let refused = ask(&limited, &key.text).await.expect_problem(429, "too_many_requests");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((3500..=3600).contains(&wait), "{wait}");
    let of_bob = make_key(&bob, &org, json!({"scopes": ["api_key.manage"]})).await;
    ask(&of_bob, &key.text).await.expect_status(200);
    ada.put(&format!("/v1/orgs/{org}/members/{bob_id}/role"), json!({"role": "viewer"})).await.expect_status(200);
    ask(&of_bob, &key.text).await.expect_problem(403, "scope_lacks");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_what_its_holder_is_now() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let key = make_key(&bob, &org, json!({})).await;
    let role = format!("/v1/orgs/{org}/members/{bob_id}/role");
    assert!(super::permissions(&app, &key).await.contains(&"audit.read".to_owned()));
    key.program(&app).get(&format!("/v1/orgs/{org}/audit")).await.expect_status(200);
    // A demotion narrows it on the next request.
    ada.put(&role, json!({"role": "issuer"})).await.expect_status(200);
    let now = verified(&app, &key).await;
    assert_eq!((&now["role"], super::list(&now["permissions"]).len()), (&json!("issuer"), 7));
    key.program(&app).get(&format!("/v1/orgs/{org}/audit")).await.expect_problem(403, "forbidden");
    key.program(&app).get(&format!("/v1/orgs/{org}")).await.expect_status(200);
    // A role that holds no keys leaves it nothing, until there is another.
    ada.put(&role, json!({"role": "viewer"})).await.expect_status(200);
    assert_eq!(verdict(&app, &key).await, "holder_may_not_hold_keys");
    assert!(super::permissions(&app, &key).await.is_empty());
    key.program(&app).get(&format!("/v1/orgs/{org}")).await.expect_problem(403, "scope_lacks");
    ada.put(&role, json!({"role": "issuer"})).await.expect_status(200);
    assert_eq!(verdict(&app, &key).await, "valid");
    // So does a rule that takes the right from the role.
    let mut rules = ada.get(&format!("/v1/orgs/{org}/policy")).await.json();
    rules["name"] = json!("strict");
    rules["roles"][2]["permissions"] = json!(["org.read"]);
    ada.put(&format!("/v1/orgs/{org}/policy"), rules).await.expect_status(200);
    assert_eq!(super::permissions(&app, &key).await, ["org.read"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_for_some_resources_only_is_permitted_for_these() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "member").await;
    let scopes = json!(["theme.download", "catalog.browse"]);
    let key = make_key(&ada, &org, json!({"member": bob, "scopes": scopes})).await;
    let body = json!({"restrictions": {"theme.download": ["aurora"]}});
    ada.put(&format!("/v1/orgs/{org}/members/{bob}/restrictions"), body).await.expect_status(200);
    for (permission, resource, permitted) in [
        ("theme.download", Some("aurora"), true),
        ("theme.download", Some("basalt"), false),
        ("theme.download", None, false),
        ("catalog.browse", Some("basalt"), true),
        ("catalog.browse", None, true),
    ] {
        let mut body = json!({"key": key.text, "permission": permission});
        if let Some(resource) = resource {
            body["resource"] = json!(resource);
        }
        let answer = app.operator().post(PATH, body).await.expect_status(200).json();
        assert_eq!(answer["permitted"], permitted, "{permission} {resource:?}");
        assert_eq!((&answer["valid"], &answer["restricted"]), (&json!(true), &json!(["theme.download"])));
    }
    let asked = app.sql("SELECT data FROM activity ORDER BY id LIMIT 1");
    assert_eq!(
        format!("{asked:?}"),
        "[[Text(\"{\\\"permission\\\":\\\"theme.download\\\",\\\"resource\\\":\\\"aurora\\\"}\")]]"
    );
    let body = json!({"key": key.text, "permission": "theme.download", "resource": ""});
    assert_eq!(wrong_fields(app.operator().post(PATH, body).await), ["resource invalid"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rate_is_counted_down_and_begins_again() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let key = make_key(&ada, &org, json!({"rate_limit": {"requests": 3, "window_s": 60}})).await;
    for left in [2, 1, 0] {
        assert_eq!(verified(&app, &key).await["rate_limit"]["remaining"], left);
    }
    for _ in 0..2 {
        let full = verified(&app, &key).await;
        assert_eq!((&full["valid"], &full["reason"]), (&json!(false), &json!("rate_limited")));
        assert_eq!(full["rate_limit"]["remaining"], 0);
        assert!(full["rate_limit"]["reset_at"].is_string());
    }
    assert_eq!(app.count("SELECT count(*) FROM activity"), 3, "what was refused is no use");
    let refused = key.program(&app).get(&format!("/v1/orgs/{org}")).await.expect_problem(429, "too_many_requests");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    app.advance_clock(Duration::from_secs(61));
    assert_eq!(verified(&app, &key).await["rate_limit"]["remaining"], 2);
    app.finish().await;
}
