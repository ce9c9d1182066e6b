use latchkey_testkit::{TestApp, Value, json};

use super::{ask, entity, pages, restrict, user_id};
use crate::support::text;

const PATH: &str = "/access/v1/search/resource";

fn search(subject: Value, action: &str, resource: Value) -> Value {
    json!({"subject": subject, "action": {"name": action}, "resource": resource})
}

fn ids(pages: &[Vec<Value>]) -> Vec<String> {
    let mut ids: Vec<String> = pages.iter().flatten().map(|found| text(&found["id"])).collect();
    ids.sort();
    ids
}

fn sorted(of: &[&String]) -> Vec<String> {
    let mut ids: Vec<String> = of.iter().map(|id| (*id).clone()).collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organizations_and_projects_are_found_across_memberships() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let (acme, beta) = (ada.create_org_with("Acme", "platform").await, ada.create_org_with("Beta", "platform").await);
    let (bob, in_acme) = ada.bring_in(&acme, "bob@example.com", "developer").await;
    let in_beta = ada.bring_back(&beta, &bob, "viewer").await;
    let (a1, a2, b1, b2) = (
        ada.create_project(&acme, "A1").await,
        ada.create_project(&acme, "A2").await,
        ada.create_project(&beta, "B1").await,
        ada.create_project(&beta, "B2").await,
    );
    ada.invite_into(&beta, &b2, "bob@example.com", "developer").await;
    let token = json!({"token": ada.mailed_token("bob@example.com").await});
    bob.post("/v1/invitations/accept", token).await.expect_status(200);
    let user = entity("user", &user_id(&bob).await);
    let of = |kind: &str| json!({"type": kind, "id": "ignored"});
    let within = |org: &str| json!({"type": "project", "properties": {"organization": org}});
    for (subject, action, resource, expected) in [
        (&user, "usage.read", of("organization"), sorted(&[&acme, &beta])),
        (&user, "project.manage", of("organization"), sorted(&[&acme])),
        (&user, "usage.read", of("project"), sorted(&[&a1, &a2, &b1, &b2])),
        (&user, "project.manage", of("project"), sorted(&[&a1, &a2, &b2])),
        (&user, "project.manage", within(&beta), sorted(&[&b2])),
        (&entity("member", &in_acme), "project.manage", of("project"), sorted(&[&a1, &a2])),
        (&entity("member", &in_beta), "project.manage", of("project"), sorted(&[&b2])),
        (&entity("member", &in_beta), "project.manage", of("organization"), sorted(&[])),
        (&user, "theme.eat", of("project"), sorted(&[])),
        (&entity("team", "red"), "usage.read", of("project"), sorted(&[])),
    ] {
        for caller in [&app.operator(), &bob, &ada] {
            for limit in [1, 3, 50] {
                let found = pages(caller, PATH, search(subject.clone(), action, resource.clone()), limit).await;
                assert_eq!(ids(&found), expected, "{subject} {action} {resource} {limit}");
                for found in found.iter().flatten() {
                    assert_eq!(ask(caller, subject.clone(), action, found.clone()).await["decision"], true, "{found}");
                }
            }
        }
    }
    // Somebody who is in one of them only sees that one.
    let (cem, _) = ada.bring_in(&acme, "cem@example.com", "viewer").await;
    let found = pages(&cem, PATH, search(user.clone(), "usage.read", of("project")), 50).await;
    assert_eq!(ids(&found), sorted(&[&a1, &a2]));
    let eve = app.sign_in("eve@example.net").await;
    assert_eq!(ids(&pages(&eve, PATH, search(user, "usage.read", of("project")), 50).await), sorted(&[]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_hosts_resources_those_are_known_that_a_restriction_lists() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    let user = entity("user", &user_id(&bob).await);
    let asked = search(user.clone(), "theme.download", json!({"type": "theme"}));
    let free = ada.post(PATH, asked.clone()).await.expect_status(200).json();
    let expected =
        json!({"page": {"next_token": "", "count": 0}, "context": {"reason": "every_resource"}, "results": []});
    assert_eq!(free, expected);
    let listed: Vec<String> = (0..25).map(|n| format!("theme {n:02}")).collect();
    restrict(&ada, &org, &id, json!({ "theme.download": listed })).await.expect_status(200);
    let found = pages(&bob, PATH, asked.clone(), 10).await;
    assert_eq!((found.len(), ids(&found)), (3, listed.clone()));
    for found in found.iter().flatten().take(3) {
        assert_eq!(ask(&bob, user.clone(), "theme.download", found.clone()).await["decision"], true, "{found}");
    }
    // Projects and organizations are resources as well.
    let project = ada.create_project(&org, "Site").await;
    for (kind, expected) in [("project", &project), ("organization", &org)] {
        let search = search(user.clone(), "theme.download", json!({ "type": kind }));
        assert_eq!(ids(&pages(&ada, PATH, search.clone(), 5).await), sorted(&[]), "{kind}: not among those listed");
        restrict(&ada, &org, &id, json!({"theme.download": [expected]})).await.expect_status(200);
        assert_eq!(ids(&pages(&ada, PATH, search, 5).await), sorted(&[expected]));
        restrict(&ada, &org, &id, json!({ "theme.download": listed })).await.expect_status(200);
    }
    ada.put(&format!("/v1/orgs/{org}/members/{id}/role"), json!({"role": "viewer"})).await.expect_status(200);
    let none = ada.post(PATH, asked).await.expect_status(200).json();
    assert_eq!((&none["results"], &none["context"]["reason"]), (&json!([]), &json!("nothing_known")));
    app.finish().await;
}
