//! Keys that make, change and rotate keys: none comes out stronger than what went in.

use latchkey_testkit::{Caller, TestApp, Value, json};

use super::{Key, keys, make_key, named, permissions};

async fn refused(program: &Caller, method: &str, path: &str, body: Value, code: &str) {
    let answer = program.request(method, path).json(&body).send().await;
    assert!(answer.status.is_client_error() && answer.json()["code"] == code, "{body}: {}", answer.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_with_scopes_makes_none_without_or_with_more() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let maker = make_key(&ada, &org, json!({"scopes": ["api_key.create", "api_key.manage", "org.read"]})).await;
    let program = maker.program(&app);
    for (body, code) in [
        (json!({}), "scopes_too_wide"),
        (json!({"scopes": ["org.read", "member.read"]}), "scopes_too_wide"),
        (json!({"scopes": ["owner.transfer"]}), "scopes_too_wide"),
    ] {
        let answer = program.post(&keys(&org), named(body.clone())).await;
        assert!(["exceeds_maker", code].contains(&answer.json()["code"].as_str().unwrap()), "{body}: {}", answer.text);
    }
    let made = make_key(&program, &org, json!({"scopes": ["org.read"]})).await;
    assert_eq!(permissions(&app, &made).await, ["org.read"]);
    assert_eq!(ada.audit(&org).await.pop().unwrap()["actor"]["id"], json!(maker.id));
    // Itself and others it widens as far as it reaches, and comes to know the text of none that reaches further.
    let wide = make_key(&ada, &org, json!({})).await;
    let wider = make_key(&ada, &org, json!({"scopes": ["org.read", "member.read"]})).await;
    refused(&program, "PATCH", &maker.path(&org), json!({"scopes": ["member.read"]}), "scopes_too_wide").await;
    refused(&program, "PATCH", &made.path(&org), json!({"scopes": ["member.read"]}), "scopes_too_wide").await;
    for key in [&wide, &wider] {
        let answer = program.post(&format!("{}/rotate", key.path(&org)), Value::Null).await;
        assert_eq!(answer.json()["code"], "scopes_too_wide", "{}", answer.text);
        assert!(answer.json()["key"].is_null());
    }
    // Itself it may rotate.
    program.post(&format!("{}/rotate", maker.path(&org)), Value::Null).await.expect_status(200);
    // Narrowing the maker narrows what it can still make, and nothing else.
    ada.patch(&maker.path(&org), json!({"scopes": ["api_key.create"]})).await.expect_status(200);
    refused(&program, "POST", &keys(&org), named(json!({"scopes": ["org.read"]})), "scopes_too_wide").await;
    assert_eq!(permissions(&app, &made).await, ["org.read"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_without_scopes_but_with_little_power_gets_no_text_of_one_that_could_grow() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let maker = make_key(&ada, &org, json!({})).await;
    let program = maker.program(&app);
    // Its own holder's keys may be as unbound as it is.
    let made = make_key(&program, &org, json!({})).await;
    program.post(&format!("{}/rotate", made.path(&org)), Value::Null).await.expect_status(200);
    // Scopes make it a bound one: what is not is out of its reach, though it may do no more at present.
    let all = super::list(&super::verified(&app, &maker).await["permissions"]);
    ada.patch(&maker.path(&org), json!({ "scopes": all })).await.expect_status(200);
    refused(&program, "POST", &keys(&org), named(json!({})), "exceeds_maker").await;
    refused(&program, "POST", &format!("{}/rotate", made.path(&org)), Value::Null, "exceeds_maker").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_outlives_none_of_its_makers_and_is_not_used_more_often() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let maker = json!({"expires_at": "2030-01-01T00:00:00Z", "rate_limit": {"requests": 100, "window_s": 60}});
    let maker = make_key(&ada, &org, maker).await;
    let program = maker.program(&app);
    let rate = json!({"requests": 100, "window_s": 60});
    for body in [
        json!({ "rate_limit": rate }),
        json!({ "rate_limit": rate, "expires_at": "2030-01-01T00:00:00.001Z" }),
        json!({"expires_at": "2029-01-01T00:00:00Z"}),
        json!({"expires_at": "2029-01-01T00:00:00Z", "rate_limit": {"requests": 2, "window_s": 1}}),
        json!({"expires_at": "2029-01-01T00:00:00Z", "rate_limit": {"requests": 100, "window_s": 59}}),
    ] {
        refused(&program, "POST", &keys(&org), named(body), "exceeds_maker").await;
    }
    let bound = json!({"expires_at": "2030-01-01T00:00:00Z", "rate_limit": {"requests": 1, "window_s": 1}});
    let bound = make_key(&program, &org, bound).await;
    program.post(&format!("{}/rotate", bound.path(&org)), Value::Null).await.expect_status(200);
    // Nor does it learn the text of one that does.
    for body in
        [json!({}), json!({"expires_at": "2031-01-01T00:00:00Z"}), json!({"expires_at": "2029-01-01T00:00:00Z"})]
    {
        let other = make_key(&ada, &org, body).await;
        refused(&program, "POST", &format!("{}/rotate", other.path(&org)), Value::Null, "exceeds_maker").await;
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_gives_no_role_that_does_more_than_itself() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let scopes =
        ["member.invite", "member.change_role", "org.read", "member.read", "credential.read", "analytics.read"];
    let key = make_key(&ada, &org, json!({ "scopes": scopes })).await;
    let program = key.program(&app);
    let invite = |role: &str| json!({"email": format!("{role}@example.com"), "role": role});
    let (invitations, links) = (format!("/v1/orgs/{org}/invitations"), format!("/v1/orgs/{org}/invite-links"));
    program.post(&invitations, invite("viewer")).await.expect_status(201);
    for role in ["owner", "admin", "issuer"] {
        refused(&program, "POST", &invitations, invite(role), "role_grants_more").await;
        refused(&program, "POST", &links, json!({ "role": role }), "role_grants_more").await;
        let path = format!("/v1/orgs/{org}/members/{bob}/role");
        refused(&program, "PUT", &path, json!({ "role": role }), "role_grants_more").await;
    }
    // Without the scope, not even what its holder needs no right for.
    let reads = make_key(&ada, &org, json!({"scopes": ["org.read"]})).await;
    let own = crate::support::my_member_id(&ada, &org).await;
    let path = format!("/v1/orgs/{org}/members/{own}/role");
    refused(&reads.program(&app), "PUT", &path, json!({"role": "viewer"}), "scope_lacks").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_without_a_holder_does_nothing_in_a_members_name() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "administrator").await;
    let (_, cem_id) = ada.bring_in(&org, "cem@example.com", "developer").await;
    let project = ada.create_project(&org, "Engine").await;
    let key = make_key(&bob, &org, json!({})).await;
    let other = make_key(&ada, &org, json!({})).await;
    let client = json!({"name": "Export", "scopes": ["org.read"]});
    let client = ada.post(&format!("/v1/orgs/{org}/oauth-clients"), client).await.expect_status(201).text_at("/id");
    ada.delete(&format!("/v1/orgs/{org}/members/{bob_id}"), Value::Null).await.expect_status(200);
    let program = key.program(&app);
    let at = |rest: &str| format!("/v1/orgs/{org}/{rest}");
    program.get(&at("members")).await.expect_status(200);
    let mut rules = ada.get(&at("policy")).await.json();
    rules["name"] = json!("ours");
    rules["roles"][3]["permissions"] = rules["roles"][0]["permissions"].clone();
    let invite = json!({"email": "new@example.com", "role": "viewer"});
    for (method, path, body) in [
        ("POST", at("invitations"), invite.clone()),
        ("POST", at("invitations/bulk"), json!({"emails": ["a@example.com"], "role": "viewer"})),
        ("POST", at("invite-links"), json!({"role": "viewer"})),
        ("POST", at(&format!("projects/{project}/invitations")), invite),
        ("POST", at("api-keys"), named(json!({}))),
        ("POST", at("api-keys"), named(json!({ "member": cem_id, "scopes": ["org.read"] }))),
        ("PUT", at("policy"), rules),
        ("POST", at("ownership"), json!({ "member": cem_id })),
        ("PUT", at(&format!("members/{cem_id}/role")), json!({"role": "administrator"})),
        ("PUT", at(&format!("members/{cem_id}/restrictions")), json!({"restrictions": {}})),
        ("PATCH", at(&format!("api-keys/{}", other.id)), json!({"scopes": ["org.read"]})),
        ("POST", at(&format!("api-keys/{}/rotate", other.id)), json!({"overlap_s": 0})),
        ("POST", at(&format!("oauth-clients/{client}/rotate")), json!({"overlap_s": 0})),
        ("PATCH", format!("/v1/orgs/{org}"), json!({"auto_join_role": "developer"})),
    ] {
        refused(&program, method, &path, body, "key_ownerless").await;
    }
    // What rests on nobody's membership it may still do.
    program.post(&at("projects"), json!({"name": "Mill"})).await.expect_status(201);
    assert_eq!(ada.audit(&org).await.pop().unwrap()["actor"]["id"], json!(key.id));
    let kept = Key { id: key.id.clone(), text: key.text.clone() };
    ada.post(&format!("{}/rotate", kept.path(&org)), Value::Null).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_in_anothers_name_lends_nothing_of_their_reach() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "studio").await;
    let owner = crate::support::my_member_id(&ada, &org).await;
    let policy = ada.get(&format!("/v1/orgs/{org}/policy")).await.expect_status(200).json();
    let admin = policy["roles"][1]["name"].as_str().unwrap().to_owned();
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", &admin).await;
    for personal in ["audit.read_own", "member.change_role", "member.invite", "member.remove"] {
        let body = named(json!({"member": owner, "scopes": [personal, "org.read"]}));
        let refused = bob.post(&keys(&org), body).await.expect_problem(403, "scopes_too_wide");
        assert_eq!(refused.json()["missing"], json!([personal]));
    }
    // Left to the service, it has what remains; and no text is told of one that has more.
    let left = ada.post(&keys(&org), named(json!({"member": bob_id}))).await.expect_status(201).json();
    let scopes = left["scopes"].as_array().unwrap();
    assert!(scopes.contains(&json!("org.read")) && !scopes.contains(&json!("member.invite")), "{left}");
    let own = make_key(&ada, &org, json!({"scopes": ["member.invite", "org.read"]})).await;
    let rotated = bob.post(&format!("{}/rotate", own.path(&org)), Value::Null).await;
    assert_eq!(rotated.expect_problem(403, "scopes_too_wide").json()["missing"], json!(["member.invite"]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_for_some_resources_only_is_not_lent_either() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "developer").await;
    let (_, cem_id) = ada.bring_in(&org, "cem@example.com", "developer").await;
    let path = format!("/v1/orgs/{org}/members/{bob_id}");
    let body = json!({"restrictions": {"usage.read": ["meter"]}});
    ada.put(&format!("{path}/restrictions"), body).await.expect_status(200);
    let body = named(json!({"member": cem_id, "scopes": ["usage.read"]}));
    bob.post(&keys(&org), body).await.expect_problem(403, "scopes_too_wide");
    let theirs = make_key(&ada, &org, json!({"member": cem_id, "scopes": ["usage.read"]})).await;
    bob.post(&format!("{}/rotate", theirs.path(&org)), Value::Null).await.expect_problem(403, "scopes_too_wide");
    // Whoever takes over a key does not take off what bound it, for the leaver knows its text.
    let own = make_key(&bob, &org, json!({"scopes": ["usage.read", "org.read"]})).await;
    ada.delete(&path, json!({"keys": "adopt"})).await.expect_status(200);
    assert_eq!(permissions(&app, &own).await, ["org.read"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_becomes_known_only_to_whoever_may_do_all_that_it_may_ever_do() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "administrator").await;
    let (cem, _) = ada.bring_in(&org, "cem@example.com", "developer").await;
    let key = make_key(&bob, &org, json!({"scopes": ["org.read", "license.assign"]})).await;
    ada.put(&format!("/v1/orgs/{org}/members/{bob_id}/role"), json!({"role": "developer"})).await.expect_status(200);
    assert_eq!(permissions(&app, &key).await, ["org.read"]);
    let rotated = cem.post(&format!("{}/rotate", key.path(&org)), Value::Null).await;
    assert_eq!(rotated.expect_problem(403, "scopes_too_wide").json()["missing"], json!(["license.assign"]));
    ada.post(&format!("{}/rotate", key.path(&org)), Value::Null).await.expect_status(200);
    app.finish().await;
}
