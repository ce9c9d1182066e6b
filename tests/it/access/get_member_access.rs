use latchkey_testkit::{TestApp, Value, json};

use super::restrict;
use crate::support::NO_MEMBER;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_permission_is_told_with_the_events_that_gave_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let project = ada.create_project(&org, "Engine").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let path = format!("/v1/orgs/{org}/members/{id}");
    ada.put(&format!("{path}/role"), json!({"role": "developer"})).await.expect_status(200);
    restrict(&ada, &org, &id, json!({"usage.read": ["meter"]})).await.expect_status(200);
    ada.put(&format!("{path}/limits"), json!({"limits": {"exports": 2}})).await.expect_status(200);
    ada.invite_into(&org, &project, "bob@example.com", "viewer").await;
    let token = json!({"token": ada.mailed_token("bob@example.com").await});
    let guest = bob.post("/v1/invitations/accept", token).await.expect_status(200).text_at("/project_member/id");
    let key = ada
        .post(&format!("/v1/orgs/{org}/api-keys"), json!({"name": "CI", "member": id, "scopes": ["usage.read"]}))
        .await;
    let key = key.expect_status(201).json();
    let key = key.pointer("/id").or(key.pointer("/api_key/id")).expect("the key's id").clone();

    let shown = ada.get(&format!("{path}/access")).await.expect_status(200).json();
    let events = ada.audit(&org).await;
    let of = |kind: &str| events.iter().rfind(|event| event["type"] == kind).expect("an event")["id"].clone();
    let (rules, role) = (of("org.created"), of("member.role_changed"));
    assert_eq!(
        (&shown["member"], &shown["status"], &shown["role"]),
        (&json!(id), &json!("active"), &json!("developer"))
    );
    assert_eq!((&shown["policy"]["name"], &shown["limits"]), (&json!("platform"), &json!({"exports": 2})));
    let permissions = shown["permissions"].as_array().expect("permissions");
    let policy = app.anyone().get("/v1/policies/platform").await.expect_status(200).json();
    let developer = policy["roles"]
        .as_array()
        .expect("roles")
        .iter()
        .find(|role| role["name"] == "developer")
        .expect("a developer");
    let names: Value = permissions.iter().map(|it| it["permission"].clone()).collect();
    assert_eq!(names, developer["permissions"]);
    for it in permissions {
        let expected = if it["permission"] == "usage.read" {
            (json!(["meter"]), json!([rules, role, of("member.restrictions_changed")]))
        } else {
            (Value::Null, json!([rules, role]))
        };
        assert_eq!((&it["resources"], &it["events"]), (&expected.0, &expected.1), "{it}");
    }
    let in_project = &shown["projects"][0];
    assert_eq!((&in_project["project"], &in_project["project_member"]), (&json!(project), &json!(guest)));
    assert_eq!(in_project["events"], json!([rules, of("project.member_joined")]));
    let held = &shown["api_keys"][0];
    assert_eq!((&held["id"], &held["permissions"]), (&key, &json!(["usage.read"])));
    assert_eq!(held["events"], json!([rules, role, of("api_key.created")]));

    let path = format!("{path}/access");
    assert_eq!(app.operator().get(&path).await.expect_status(200).json(), shown);
    assert_eq!(bob.get(&path).await.expect_status(200).json(), shown);
    ada.get(&format!("/v1/orgs/{org}/members/{NO_MEMBER}/access")).await.expect_problem(404, "not_found");
    app.sign_in("eve@example.net").await.get(&path).await.expect_problem(404, "not_found");
    ada.delete(&format!("/v1/orgs/{org}/members/{id}"), json!({"keys": "revoke"})).await.expect_status(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_gone_may_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    bob.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    let shown = ada.get(&format!("/v1/orgs/{org}/members/{id}/access")).await.expect_status(200).json();
    assert_eq!((&shown["status"], &shown["permissions"], &shown["api_keys"]), (&json!("left"), &json!([]), &json!([])));
    bob.get(&format!("/v1/orgs/{org}/members/{id}/access")).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_could_do_then_is_told_with_the_events_of_then() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "platform").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "developer").await;
    let path = format!("/v1/orgs/{org}/members/{id}");
    let keys = format!("/v1/orgs/{org}/api-keys");
    restrict(&ada, &org, &id, json!({"usage.read": ["meter"]})).await.expect_status(200);
    let body = json!({"name": "CI", "scopes": ["usage.read", "org.read"]});
    let key = bob.post(&keys, body).await.expect_status(201).text_at("/id");
    let now = async || {
        app.advance_clock(std::time::Duration::from_secs(60));
        ada.get(&format!("{path}/access")).await.expect_status(200).json()
    };
    let then = now().await;
    let at = ada.audit(&org).await.last().expect("an event")["at"].as_str().expect("a time").to_owned();
    app.advance_clock(std::time::Duration::from_secs(60));

    restrict(&ada, &org, &id, json!({})).await.expect_status(200);
    ada.patch(&format!("{keys}/{key}"), json!({"name": "Build", "scopes": ["org.read"]})).await.expect_status(200);
    ada.put(&format!("{path}/role"), json!({"role": "viewer"})).await.expect_status(200);
    let later = now().await;
    assert_ne!(later, then);
    ada.delete(&path, json!({"keys": "adopt"})).await.expect_status(200);
    assert_eq!((&now().await["permissions"], &now().await["api_keys"]), (&json!([]), &json!([])));

    let as_of = |at: &str| format!("{path}/access?as_of={at}");
    assert_eq!(ada.get(&as_of(&at)).await.expect_status(200).json(), then);
    assert_eq!(app.operator().get(&as_of(&at)).await.expect_status(200).json(), then);
    let before = ada.get(&as_of("2020-01-01T00:00:00Z")).await.expect_problem(422, "before_the_beginning");
    assert!(before.json()["detail"].is_string());
    let joined_later = ada.audit(&org).await[0]["at"].as_str().expect("a time").to_owned();
    ada.get(&as_of(&joined_later)).await.expect_problem(404, "not_found");
    let (carol, _) = ada.bring_in(&org, "carol@example.com", "billing_manager").await;
    carol.get(&as_of(&at)).await.expect_problem(403, "forbidden");
    app.finish().await;
}
