//! Who may do what: the OpenID AuthZEN Authorization API 1.0, and restrictions.

use latchkey_testkit::{Answer, Caller, Value, json};

mod evaluate;
mod evaluate_many;
mod get_access_configuration;
mod get_member_access;
mod interoperability;
mod keys;
mod search_actions;
mod search_resources;
mod search_subjects;
mod set_member_restrictions;

/// A subject.
fn entity(kind: &str, id: &str) -> Value {
    json!({"type": kind, "id": id})
}

/// A resource of the host product's, in that organization.
fn theme(org: &str, id: &str) -> Value {
    json!({"type": "theme", "id": id, "properties": {"organization": org}})
}

/// The same in a project.
fn document(org: &str, project: &str) -> Value {
    json!({"type": "document", "id": "d1", "properties": {"organization": org, "project": project}})
}

fn question(subject: Value, action: &str, resource: Value) -> Value {
    json!({"subject": subject, "action": {"name": action}, "resource": resource})
}

async fn ask(caller: &Caller, subject: Value, action: &str, resource: Value) -> Value {
    let asked = question(subject, action, resource);
    caller.post("/access/v1/evaluation", asked).await.expect_status(200).json()
}

/// The decision, and the reason for it.
fn verdict(answer: &Value) -> (bool, &str) {
    let decision = answer["decision"].as_bool().expect("a decision");
    (decision, answer["context"]["reason"].as_str().expect("a reason"))
}

async fn restrict(caller: &Caller, org: &str, member: &str, restrictions: Value) -> Answer {
    let path = format!("/v1/orgs/{org}/members/{member}/restrictions");
    caller.put(&path, json!({ "restrictions": restrictions })).await
}

async fn user_id(caller: &Caller) -> String {
    caller.get("/v1/me").await.expect_status(200).text_at("/id")
}

/// Follows a search to its end; the results of each page.
async fn pages(caller: &Caller, path: &str, mut search: Value, limit: u64) -> Vec<Vec<Value>> {
    search["page"] = json!({ "limit": limit });
    let mut pages = Vec::new();
    loop {
        let answer = caller.post(path, search.clone()).await.expect_status(200).json();
        let results = answer["results"].as_array().expect("results").clone();
        assert_eq!(answer["page"]["count"], results.len());
        assert!(results.len() as u64 <= limit && pages.len() < 100, "{path} has no end");
        pages.push(results);
        match answer["page"]["next_token"].as_str().expect("a token, if only an empty one") {
            "" => return pages,
            token => search["page"]["token"] = json!(token),
        }
    }
}

/// The wrong members that a 400 names, with their codes.
#[track_caller]
fn wrong_members(answer: Answer) -> Vec<String> {
    let problem = answer.expect_problem(400, "bad_access_request").json();
    let errors = problem["errors"].as_array().expect("a list of errors").clone();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    errors.iter().map(|error| format!("{} {}", text(&error["field"]), text(&error["code"]))).collect()
}
