//! Keys as subjects, and keys that ask.

use latchkey_testkit::{Caller, TestApp, Value, json};

use super::{ask, document, entity, pages, restrict, theme, user_id, verdict};

/// Makes a key for a member; its id and its text.
async fn make(caller: &Caller, org: &str, member: &str, more: Value) -> (String, String) {
    let mut body = json!({"name": "CI", "member": member});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let made = caller.post(&format!("/v1/orgs/{org}/api-keys"), body).await.expect_status(201);
    (made.text_at("/id"), made.text_at("/key"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_may_what_its_holder_may_now_within_its_bounds() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (project, other) = (ada.create_project(&org, "Site").await, ada.create_project(&org, "Shop").await);
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    let (all, _) = make(&ada, &org, &id, json!({})).await;
    let (narrow, _) = make(&ada, &org, &id, json!({"scopes": ["api.read"]})).await;
    let (of_project, _) = make(&ada, &org, &id, json!({ "project": project })).await;
    let operator = app.operator();
    let asked = async |key: &str, resource: Value| {
        let answer = ask(&operator, entity("api_key", key), "theme.download", resource).await;
        let (decision, reason) = verdict(&answer);
        assert_eq!(decision, reason == "granted", "{answer}");
        reason.to_owned()
    };
    let aurora = || theme(&org, "aurora");
    assert_eq!(asked(&all, aurora()).await, "granted");
    assert_eq!(asked(&narrow, aurora()).await, "outside_scopes");
    assert_eq!(asked(&of_project, aurora()).await, "outside_project");
    assert_eq!(asked(&of_project, document(&org, &project)).await, "granted");
    assert_eq!(asked(&of_project, document(&org, &other)).await, "outside_project");
    assert_eq!(asked("key_019392d1c4b87d00a1b2c3d4e5f60718", aurora()).await, "not_a_member");
    let answer = ask(&operator, entity("api_key", &all), "theme.download", aurora()).await;
    let context = &answer["context"];
    assert_eq!((&context["via"], &context["api_key"], &context["member"]), (&json!("key"), &json!(all), &json!(id)));
    assert_eq!((&context["role"], context["events"].as_array().map(Vec::len)), (&json!("member"), Some(3)));
    // Its holder asks about it, and finds what it may do.
    assert_eq!(verdict(&ask(&bob, entity("api_key", &all), "theme.download", aurora()).await), (true, "granted"));
    let search = json!({"subject": entity("api_key", &narrow), "resource": aurora()});
    let found = pages(&bob, "/access/v1/search/action", search, 50).await;
    assert_eq!(found, [[json!({"name": "api.read"})]]);
    let projects = |key: &str| json!({"subject": entity("api_key", key), "action": {"name": "theme.download"}, "resource": {"type": "project"}});
    for (key, count) in [(&all, 2), (&narrow, 0), (&of_project, 1)] {
        let found = pages(&operator, "/access/v1/search/resource", projects(key), 1).await;
        assert_eq!(found.iter().flatten().count(), count, "{key}");
        for found in found.iter().flatten() {
            assert_eq!(ask(&operator, entity("api_key", key), "theme.download", found.clone()).await["decision"], true);
        }
    }
    restrict(&ada, &org, &id, json!({"theme.download": ["basalt"]})).await.expect_status(200);
    assert_eq!(asked(&all, aurora()).await, "restricted");
    assert_eq!(asked(&all, theme(&org, "basalt")).await, "granted");
    ada.put(&format!("/v1/orgs/{org}/members/{id}/role"), json!({"role": "viewer"})).await.expect_status(200);
    assert_eq!(asked(&all, theme(&org, "basalt")).await, "not_granted", "a demotion narrows it at once");
    ada.delete(&format!("/v1/orgs/{org}/api-keys/{all}"), Value::Null).await;
    assert_eq!(asked(&all, theme(&org, "basalt")).await, "key_revoked");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_key_stays_as_restricted_as_its_holder_was() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let (_, id) = ada.bring_in(&org, "bob@example.com", "developer").await;
    let (key, _) = make(&ada, &org, &id, json!({})).await;
    restrict(&ada, &org, &id, json!({"usage.read": ["meter"]})).await.expect_status(200);
    // Keys outlive their holders by default here.
    ada.delete(&format!("/v1/orgs/{org}/members/{id}"), Value::Null).await.expect_status(200);
    let operator = app.operator();
    for (resource, reason) in [("meter", "granted"), ("gauge", "restricted")] {
        let answer = ask(&operator, entity("api_key", &key), "usage.read", theme(&org, resource)).await;
        assert_eq!((verdict(&answer).1, &answer["context"]["role"]), (reason, &json!("developer")), "{answer}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_asks_about_its_own_organization_and_no_other() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada@example.com").await, app.sign_in("eve@example.net").await);
    let org = ada.create_org_with("Acme", "themes").await;
    let theirs = eve.create_org_with("Elsewhere", "themes").await;
    let (_, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    // The holder is in both organizations; the key is in one.
    let elsewhere = eve.bring_back(&theirs, &ada, "admin").await;
    let mine = crate::support::my_member_id(&ada, &org).await;
    let (reads, text) = make(&ada, &org, &mine, json!({"scopes": ["member.read"]})).await;
    let program = app.anyone().bearer(text);
    assert_eq!(
        verdict(&ask(&program, entity("member", &id), "theme.download", theme(&org, "x")).await),
        (true, "granted")
    );
    assert_eq!(
        verdict(&ask(&program, entity("api_key", &reads), "member.read", entity("organization", &org)).await),
        (true, "granted")
    );
    let eves = user_id(&eve).await;
    for subject in [entity("user", &eves), entity("member", &elsewhere), entity("api_key", &reads)] {
        let answer = ask(&program, subject, "theme.download", theme(&theirs, "x")).await;
        assert_eq!(answer, json!({"decision": false, "context": {"reason": "unknown_organization"}}));
    }
    let adas = entity("user", &user_id(&ada).await);
    let search = json!({"subject": adas, "action": {"name": "theme.download"}, "resource": {"type": "organization"}});
    let found = pages(&program, "/access/v1/search/resource", search.clone(), 50).await;
    assert_eq!(found, [[json!({"type": "organization", "id": org, "properties": {"organization": org}})]]);
    let subjects = |org: &str| json!({"subject": {"type": "member"}, "action": {"name": "theme.download"}, "resource": theme(org, "x")});
    let found = pages(&program, "/access/v1/search/subject", subjects(&org), 50).await;
    assert_eq!(found.iter().flatten().count(), 2);
    let nothing = program.post("/access/v1/search/subject", subjects(&theirs)).await.expect_status(200).json();
    assert_eq!((&nothing["results"], &nothing["context"]["reason"]), (&json!([]), &json!("unknown_organization")));

    // A key that may not read members asks about itself.
    let (blind, text) = make(&ada, &org, &mine, json!({"scopes": ["theme.download"]})).await;
    let program = app.anyone().bearer(text);
    let answer = ask(&program, entity("member", &id), "theme.download", theme(&org, "x")).await;
    assert_eq!(answer, json!({"decision": false, "context": {"reason": "not_yours_to_ask"}}));
    assert_eq!(
        verdict(&ask(&program, entity("api_key", &blind), "theme.download", theme(&org, "x")).await),
        (true, "granted")
    );
    for (path, search) in [("/access/v1/search/resource", search), ("/access/v1/search/subject", subjects(&org))] {
        let nothing = program.post(path, search).await.expect_status(200).json();
        assert_eq!(
            (&nothing["results"], &nothing["context"]["reason"]),
            (&json!([]), &json!("not_yours_to_ask")),
            "{path}"
        );
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_gone_is_told_nothing_of_a_key_they_held() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "developer").await;
    let (kept, _) = make(&bob, &org, &id, json!({})).await;
    let (revoked, _) = make(&bob, &org, &id, json!({})).await;
    let asked = async |key: &str| ask(&bob, entity("api_key", key), "org.read", entity("organization", &org)).await;
    assert_eq!(verdict(&asked(&kept).await).1, "granted");
    let body = json!({"keys": "keep", "each_key": {&revoked: "revoke"}});
    ada.delete(&format!("/v1/orgs/{org}/members/{id}"), body).await.expect_status(200);
    for key in [&kept, &revoked] {
        let answer = asked(key).await;
        assert_eq!(answer, json!({"decision": false, "context": {"reason": "unknown_organization"}}));
    }
    app.finish().await;
}
