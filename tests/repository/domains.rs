//! The request that succeeds for each operation on domains.

use latchkey_api::Route;
use latchkey_testkit::{Caller, TestApp, Value, json};

use crate::scene::{Asked, Scene};

/// A verified domain of the organization, and somebody who asks to be let in by it: the ids of both.
pub(crate) async fn ask_to_join(app: &TestApp, owner: &Caller, org: &str, domain: &str) -> (String, String) {
    let id = verified(app, owner, org, domain, "ask").await;
    let person = person(app, domain).await;
    let asked = person.post(&format!("/v1/orgs/{org}/join"), Value::Null).await.expect_status(200);
    (id, asked.text_at("/request"))
}

async fn claimed(app: &TestApp, owner: &Caller, org: &str, domain: &str, auto_join: &str) -> String {
    let body = json!({"domain": domain, "auto_join": auto_join});
    let made = owner.post(&format!("/v1/orgs/{org}/domains"), body).await.expect_status(201);
    app.resolver().set(&made.text_at("/record/name"), &[&made.text_at("/record/value")]);
    made.text_at("/id")
}

async fn verified(app: &TestApp, owner: &Caller, org: &str, domain: &str, auto_join: &str) -> String {
    let id = claimed(app, owner, org, domain, auto_join).await;
    owner.post(&format!("/v1/orgs/{org}/domains/{id}/verify"), Value::Null).await.expect_status(200);
    id
}

/// Somebody new with an address at the domain.
async fn person(app: &TestApp, domain: &str) -> Caller {
    app.wipe_key_value().await;
    let n = app.count("SELECT count(*) FROM user");
    app.sign_in(&format!("person{n}@{domain}")).await
}

impl Asked {
    /// An organization of the scene's, with two domains, of which one is verified, and two who ask to be let in.
    pub(crate) async fn of_domains(route: &'static Route, app: &TestApp, scene: &Scene) -> Self {
        let (owner, org) = (&scene.owner, scene.org.as_str());
        let n = app.count("SELECT count(*) FROM org_domain");
        let domain = format!("acme{n}.example");
        let id = claimed(app, owner, org, &format!("mill{n}.example"), "off").await;
        verified(app, owner, org, &domain, "ask").await;
        let path = format!("/v1/orgs/{org}/join");
        person(app, &domain).await.post(&path, Value::Null).await.expect_status(200);
        let asking = person(app, &domain).await;
        let request = asking.post(&path, Value::Null).await.expect_status(200).text_at("/request");
        let (caller, body) = match route.operation {
            "claim_domain" => (owner.clone(), json!({"domain": format!("loom{n}.example")})),
            "update_domain" => (owner.clone(), json!({"auto_join": "automatic"})),
            "list_domains"
            | "get_domain"
            | "verify_domain"
            | "release_domain"
            | "list_join_requests"
            | "approve_join_request"
            | "decline_join_request" => (owner.clone(), Value::Null),
            "list_joinable" => (asking, Value::Null),
            "join_org" => (person(app, &domain).await, Value::Null),
            other => panic!("{other} has no row here: add the request that succeeds, and who may make it"),
        };
        let id_of = |parameter| match parameter {
            "org" => org.to_owned(),
            "domain" => id.clone(),
            _ => request.clone(),
        };
        let ids = route.parameters().map(|parameter| (parameter, id_of(parameter))).collect();
        Self::new(route, caller, ids, body)
    }
}
