use latchkey_testkit::{TestApp, Value, json};

use super::{ask, entity, pages, restrict, theme};
use crate::support::NO_ORG;

const PATH: &str = "/access/v1/search/action";

fn names(pages: &[Vec<Value>]) -> Vec<&str> {
    pages.iter().flatten().map(|found| found["name"].as_str().expect("a name")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_permission_is_found_that_would_be_granted() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    restrict(&ada, &org, &id, json!({"theme.download": ["aurora"], "api.read": ["basalt"]})).await.expect_status(200);
    let policy = ada.get(&format!("/v1/orgs/{org}/policy")).await.expect_status(200).json();
    let mut all: Vec<String> = policy["roles"]
        .as_array()
        .expect("roles")
        .iter()
        .flat_map(|role| role["permissions"].as_array().expect("permissions").clone())
        .map(|permission| permission.as_str().expect("a name").to_owned())
        .collect();
    all.sort();
    all.dedup();
    for resource in [theme(&org, "aurora"), theme(&org, "basalt"), entity("organization", &org)] {
        let mut granted = Vec::new();
        for action in &all {
            if ask(&bob, entity("member", &id), action, resource.clone()).await["decision"] == true {
                granted.push(action.as_str());
            }
        }
        let search = json!({"subject": entity("member", &id), "resource": resource, "action": {"name": "ignored"}});
        for limit in [1, 3, 200] {
            let found = pages(&bob, PATH, search.clone(), limit).await;
            assert_eq!(names(&found), granted, "{resource} {limit}");
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_a_reason_for_nothing() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada@example.com").await, app.sign_in("eve@example.net").await);
    let org = ada.create_org_with("Acme", "themes").await;
    let (_, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    for (caller, subject, resource, reason) in [
        (&eve, entity("member", &id), theme(&org, "x"), "unknown_organization"),
        (&ada, entity("member", &id), theme(NO_ORG, "x"), "unknown_organization"),
        (&ada, entity("user", "x"), theme(&org, "x"), "not_a_member"),
        (&ada, entity("team", "x"), theme(&org, "x"), "unknown_subject_type"),
    ] {
        let search = json!({"subject": subject, "resource": resource});
        let answer = caller.post(PATH, search).await.expect_status(200).json();
        let nothing = json!({"page": {"next_token": "", "count": 0}, "context": {"reason": reason}, "results": []});
        assert_eq!(answer, nothing);
    }
    app.finish().await;
}
