use latchkey_testkit::{TestApp, Value, json};

use super::{ask, document, entity, pages, restrict, theme, user_id, wrong_members};
use crate::support::{NO_ORG, NO_PROJECT, text};

const PATH: &str = "/access/v1/search/subject";

fn search(kind: &str, action: &str, resource: Value) -> Value {
    // An id is none of the search's business.
    json!({"subject": {"type": kind, "id": "ignored"}, "action": {"name": action}, "resource": resource})
}

fn ids(pages: &[Vec<Value>]) -> Vec<String> {
    let mut ids: Vec<String> = pages.iter().flatten().map(|found| text(&found["id"])).collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_found_who_may_and_nobody_else() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let project = ada.create_project(&org, "Engine").await;
    let mut people = vec![(user_id(&ada).await, ada.clone())];
    for (name, role) in [("b", "developer"), ("c", "developer"), ("d", "viewer"), ("e", "billing_manager")] {
        app.wipe_key_value().await;
        let (person, _) = ada.bring_in(&org, &format!("{name}@example.com"), role).await;
        people.push((user_id(&person).await, person));
    }
    let (guest, _) = ada.bring_into(&org, &project, "guest@example.com", "developer").await;
    // A member whose guest role gives more in the project.
    ada.invite_into(&org, &project, "d@example.com", "developer").await;
    let token = json!({"token": ada.mailed_token("d@example.com").await});
    people[3].1.post("/v1/invitations/accept", token).await.expect_status(200);
    people.push((user_id(&guest).await, guest));
    for (action, resource) in [
        ("project.manage", document(&org, &project)),
        ("project.manage", entity("project", &project)),
        ("project.manage", entity("organization", &org)),
        ("usage.read", theme(&org, "x")),
        ("credit.manage", theme(&org, "x")),
        ("theme.eat", theme(&org, "x")),
    ] {
        let mut allowed = Vec::new();
        for (id, _) in &people {
            if ask(&ada, entity("user", id), action, resource.clone()).await["decision"] == true {
                allowed.push(id.clone());
            }
        }
        allowed.sort();
        for limit in [1, 2, 50] {
            let found = pages(&ada, PATH, search("user", action, resource.clone()), limit).await;
            assert_eq!(ids(&found), allowed, "{action} {resource} {limit}");
            assert!(found.iter().flatten().all(|found| found["type"] == "user"));
        }
        let members = pages(&app.operator(), PATH, search("member", action, resource.clone()), 2).await;
        for found in members.iter().flatten() {
            let subject = entity("member", found["id"].as_str().expect("an id"));
            assert_eq!(ask(&ada, subject, action, resource.clone()).await["decision"], true);
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restricted_members_are_found_for_what_is_listed() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "member").await;
    let (_, cem) = ada.bring_in(&org, "cem@example.com", "member").await;
    restrict(&ada, &org, &bob, json!({"theme.download": ["aurora"]})).await.expect_status(200);
    for (resource, expected) in [("aurora", vec![bob, cem.clone()]), ("basalt", vec![cem])] {
        let found = pages(&ada, PATH, search("member", "theme.download", theme(&org, resource)), 1).await;
        let ids = ids(&found);
        assert!(
            expected.iter().all(|id| ids.contains(id)) && ids.len() == expected.len() + 1,
            "{resource}: {ids:?}, with the admin"
        );
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_found_as_they_are_answered_for() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let project = ada.create_project(&org, "Engine").await;
    let (_, bob) = ada.bring_in(&org, "bob@example.com", "developer").await;
    let (_, cem) = ada.bring_in(&org, "cem@example.com", "developer").await;
    restrict(&ada, &org, &bob, json!({"usage.read": ["meter"]})).await.expect_status(200);
    let path = format!("/v1/orgs/{org}/api-keys");
    let mut keys = Vec::new();
    for body in [
        json!({"name": "all"}),
        json!({"name": "few", "scopes": ["usage.read"]}),
        json!({"name": "other", "scopes": ["org.read"]}),
        json!({"name": "here", "scopes": ["usage.read"], "project": project}),
        json!({"name": "restricted", "member": bob, "scopes": ["usage.read"]}),
        json!({"name": "kept", "member": cem, "scopes": ["usage.read"]}),
        json!({"name": "demoted", "member": bob, "scopes": ["project.manage"]}),
        json!({"name": "revoked"}),
    ] {
        keys.push(ada.post(&path, body).await.expect_status(201).text_at("/id"));
    }
    ada.delete(&format!("{path}/{}", keys[7]), Value::Null).await.expect_status(204);
    ada.delete(&format!("/v1/orgs/{org}/members/{cem}"), json!({"keys": "keep"})).await.expect_status(200);
    ada.put(&format!("/v1/orgs/{org}/members/{bob}/role"), json!({"role": "viewer"})).await.expect_status(200);
    for (action, resource) in [
        ("usage.read", theme(&org, "x")),
        ("usage.read", theme(&org, "meter")),
        ("usage.read", document(&org, &project)),
        ("usage.read", entity("project", &project)),
        ("project.manage", entity("organization", &org)),
        ("theme.eat", theme(&org, "x")),
    ] {
        let mut allowed = Vec::new();
        for id in &keys {
            if ask(&ada, entity("api_key", id), action, resource.clone()).await["decision"] == true {
                allowed.push(id.clone());
            }
        }
        allowed.sort();
        for limit in [1, 50] {
            let found = pages(&ada, PATH, search("api_key", action, resource.clone()), limit).await;
            assert_eq!(ids(&found), allowed, "{action} {resource} {limit}");
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_says_why_it_finds_nothing_and_tells_strangers_nothing() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada@example.com").await, app.sign_in("eve@example.net").await);
    let org = ada.create_org_with("Acme", "platform").await;
    let project = ada.create_project(&org, "Engine").await;
    for (caller, kind, resource, reason) in [
        (&ada, "user", theme(NO_ORG, "x"), "unknown_organization"),
        (&eve, "user", theme(&org, "x"), "unknown_organization"),
        (&eve, "user", entity("project", &project), "unknown_project"),
        (&ada, "user", entity("project", NO_PROJECT), "unknown_project"),
        (&ada, "user", json!({"type": "theme", "id": "x"}), "organization_missing"),
        (&ada, "team", theme(&org, "x"), "unknown_subject_type"),
    ] {
        let answer = caller.post(PATH, search(kind, "usage.read", resource.clone())).await.expect_status(200).json();
        let nothing = json!({"page": {"next_token": "", "count": 0}, "context": {"reason": reason}, "results": []});
        assert_eq!(answer, nothing, "{kind} {resource}");
    }
    let asked = search("user", "usage.read", theme(&org, "x"));
    let mut first = asked.clone();
    first["page"] = json!({"limit": 0});
    let answer = ada.post(PATH, first.clone()).await.expect_status(200).json();
    assert_eq!((&answer["results"], answer["page"]["next_token"] != ""), (&json!([]), true), "nothing was asked for");
    first["page"]["token"] = answer["page"]["next_token"].clone();
    ada.post(PATH, first.clone()).await.expect_status(200);
    first["resource"] = theme(&org, "y");
    assert_eq!(wrong_members(ada.post(PATH, first).await), ["page.token invalid"]);
    for token in ["x", "W10", "bm9uc2Vuc2U"] {
        let mut wrong = asked.clone();
        wrong["page"] = json!({ "token": token });
        assert_eq!(wrong_members(ada.post(PATH, wrong).await), ["page.token invalid"]);
    }
    app.anyone().post(PATH, asked).await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
