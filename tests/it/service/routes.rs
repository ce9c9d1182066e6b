//! Paths and methods: what exists, what does not, and what a known path allows.

use std::collections::BTreeSet;

use expect_test::expect;
use latchkey_api::routes::{Method, ROUTES};
use latchkey_testkit::{TestApp, shown};

use crate::support::{
    NO_CLIENT, NO_DOMAIN, NO_INVITATION, NO_JOIN_REQUEST, NO_KEY, NO_MEMBER, NO_ORG, NO_PROJECT, NO_PROJECT_MEMBER,
    NO_USER, NO_WEBHOOK,
};

/// A path with identifiers that nothing has.
fn path(route: &str) -> String {
    let route = route.replace("{org}", NO_ORG).replace("{member}", NO_MEMBER).replace("{policy}", "none");
    let route = route.replace("{user}", NO_USER).replace("{key}", NO_KEY).replace("{oauth_client}", NO_CLIENT);
    let route = route.replace("{provider}", "none");
    let route = route
        .replace("{webhook}", NO_WEBHOOK)
        .replace("{domain}", NO_DOMAIN)
        .replace("{join_request}", NO_JOIN_REQUEST)
        .replace("{project}", NO_PROJECT)
        .replace("{project_member}", NO_PROJECT_MEMBER);
    route.replace("{invitation}", NO_INVITATION)
}

#[test]
fn every_operation_has_a_file_of_tests_of_its_own() {
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/it")).unwrap();
    let folders: Vec<_> = folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    let without = ROUTES.iter().map(|route| route.operation);
    let without = without.filter(|name| !folders.iter().any(|folder| folder.join(format!("{name}.rs")).is_file()));
    assert_eq!(without.collect::<Vec<_>>(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_nothing_has_is_a_problem_document_too() {
    let app = TestApp::start().await;
    expect![[r#"
        404
        content-type: application/problem+json
        {
          "code": "no_such_route",
          "detail": "Nothing answers at this path. /v1/openapi.json lists what does.",
          "request_id": "[request]",
          "status": 404,
          "title": "No such route",
          "type": "/problems/no_such_route"
        }"#]]
    .assert_eq(&shown(&app.anyone().get("/v1/nothing").await));
    for method in ["GET", "POST", "DELETE", "OPTIONS", "BREW"] {
        for wrong in
            ["/favicon.ico", "/v1", "/v1/orgs/", "/v1//orgs", "/v1/orgs/x/members/y/z", "/V1/ORGS", "/../etc/passwd"]
        {
            app.anyone().request(method, wrong).send().await.expect_problem(404, "no_such_route");
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_path_says_which_methods_it_has() {
    let app = TestApp::start().await;
    let paths: BTreeSet<&str> = ROUTES.iter().map(|route| route.path).collect();
    for route in paths {
        let mut has: Vec<&str> = ROUTES.iter().filter(|r| r.path == route).map(|r| r.method.as_str()).collect();
        if has.contains(&"GET") {
            has.push("HEAD");
        }
        has.push("OPTIONS");
        let allow = has.join(", ");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"] {
            if has.contains(&method) {
                continue;
            }
            let refused = app.anyone().request(method, &path(route)).send().await.expect_status(405);
            assert_eq!(refused.header("allow"), Some(allow.as_str()), "{method} {route}");
            if method != "HEAD" {
                refused.expect_problem(405, "method_not_allowed");
            }
        }
        let options = app.anyone().request("OPTIONS", &path(route)).send().await.expect_status(204);
        assert_eq!(options.header("allow"), Some(allow.as_str()), "{route}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_answers_as_get_does_without_the_body() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let project = ada.create_project(&org, "Engine").await;
    let mut found = 0;
    for route in ROUTES.iter().filter(|route| route.method == Method::Get) {
        let there = route.path.replace("{org}", &org).replace("{policy}", "portal").replace("{project}", &project);
        let path = path(&there);
        let get = ada.get(&path).await;
        found += usize::from(get.status == 200);
        let head = ada.request("HEAD", &path).send().await.expect_status(get.status.as_u16());
        assert_eq!(head.text, "", "{path}");
        for name in ["content-type", "etag", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
    assert!(found > 20, "only {found} were found");
    let head = app.anyone().request("HEAD", "/v1/me").send().await.expect_status(401);
    assert_eq!(head.text, "");
    app.finish().await;
}
