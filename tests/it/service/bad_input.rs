//! What every operation does with a request that is none, tried on every row of the route table.

use latchkey_api::limits::{BODY_BYTES_MAX, URL_BYTES_MAX};
use latchkey_api::routes::{Body, Method, ROUTES, Route, Who};
use latchkey_testkit::{Caller, DISPATCH_TOKEN, RequestBuilder, TestApp, json};

use crate::support::{
    NO_CLIENT, NO_DOMAIN, NO_INVITATION, NO_JOIN_REQUEST, NO_KEY, NO_MEMBER, NO_ORG, NO_PROJECT, NO_PROJECT_MEMBER,
    NO_USER, wrong_fields,
};

fn needs_credential(who: Who) -> bool {
    matches!(
        who,
        Who::Session | Who::Member | Who::MemberOrOperator | Who::OperatorOrKey | Who::Operator | Who::DispatchToken
    )
}

/// The Authorization API says by another status what is wrong with a request, and lets fields be that nobody knows. Of what must be
/// signed nothing is read that is not.
fn has_its_own_problems(route: &Route) -> bool {
    route.path.starts_with("/access/") || route.who == Who::Signature
}

struct Callers {
    ada: Caller,
    dispatcher: Caller,
    operator: Caller,
    org: String,
    project: String,
    webhook: String,
}

impl Callers {
    async fn new(app: &TestApp) -> Self {
        let ada = app.sign_in("ada@example.com").await;
        let org = ada.create_org("Acme").await;
        let project = ada.create_project(&org, "Engine").await;
        let webhook = json!({"url": "https://hooks.example.com/"});
        let made = ada.post(&format!("/v1/orgs/{org}/webhooks"), webhook).await.expect_status(201);
        let (dispatcher, operator) = (app.anyone().bearer(DISPATCH_TOKEN), app.operator());
        Self { dispatcher, operator, ada, org, project, webhook: made.text_at("/id") }
    }

    /// A request that gets past everything that is looked at before its body and its query.
    fn request(&self, route: &Route, query: &str) -> RequestBuilder {
        let caller = match route.who {
            Who::DispatchToken => &self.dispatcher,
            Who::Operator | Who::OperatorOrKey => &self.operator,
            _ => &self.ada,
        };
        let path = route.path.replace("{org}", &self.org).replace("{member}", NO_MEMBER).replace("{policy}", "portal");
        let path = path.replace("{user}", NO_USER).replace("{key}", NO_KEY).replace("{oauth_client}", NO_CLIENT);
        let path = path.replace("{provider}", "acme");
        let path = path
            .replace("{webhook}", &self.webhook)
            .replace("{domain}", NO_DOMAIN)
            .replace("{join_request}", NO_JOIN_REQUEST)
            .replace("{project}", &self.project)
            .replace("{project_member}", NO_PROJECT_MEMBER);
        let path = path.replace("{payer}", NO_ORG);
        caller.request(route.method.as_str(), &format!("{}{query}", path.replace("{invitation}", NO_INVITATION)))
    }
}

fn json_request(request: RequestBuilder, body: &str) -> RequestBuilder {
    request.header("content-type", "application/json").body(body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_no_json_object_is_refused() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    for route in ROUTES
        .iter()
        .filter(|route| route.request.is_some() && !has_its_own_problems(route) && route.body != Body::Form)
    {
        // Where a body may be left out, none is none whatever it is said to be.
        let none = (route.body == Body::Required).then_some("");
        for body in none.into_iter().chain(["{", "{} {}", "{\"a\":1,}", "name=Acme", "\u{feff}{}"]) {
            let answer = json_request(callers.request(route, ""), body).send().await;
            answer.expect_problem(400, "not_json");
        }
        let not_utf8 =
            callers.request(route, "").header("content-type", "application/json").body(b"{\"a\":\"\xff\"}".to_vec());
        not_utf8.send().await.expect_problem(400, "not_json");
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        json_request(callers.request(route, ""), &deep).send().await.expect_problem(400, "not_json");
        for body in ["null", "[]", "\"text\"", "1"] {
            let answer = json_request(callers.request(route, ""), body).send().await;
            assert_eq!(wrong_fields(answer), ["body wrong_type"], "{}: {body}", route.operation);
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_another_media_type_is_refused() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    for route in ROUTES
        .iter()
        .filter(|route| route.request.is_some() && !has_its_own_problems(route) && route.body != Body::Form)
    {
        callers.request(route, "").body("{}").send().await.expect_problem(415, "unsupported_media_type");
        for media_type in
            ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/problem+json"]
        {
            let answer = callers.request(route, "").header("content-type", media_type).body("{}").send().await;
            answer.expect_problem(415, "unsupported_media_type");
        }
        let fine =
            callers.request(route, "").header("content-type", "Application/JSON; charset=utf-8").body("{\"zzz\":1}");
        assert!(wrong_fields(fine.send().await).contains(&"zzz unknown".to_owned()), "{}", route.operation);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_over_the_limit_is_refused_whatever_it_is() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    for route in ROUTES.iter().filter(|route| route.method != Method::Get) {
        let too_large = json_request(callers.request(route, ""), &" ".repeat(route.body_bytes_max + 1)).send().await;
        let problem = too_large.expect_problem(413, "body_too_large").json();
        assert_eq!(problem["body_bytes_max"], route.body_bytes_max, "{}", route.operation);
    }
    let name = format!("{{\"name\":\"Acme\"{}}}", " ".repeat(BODY_BYTES_MAX - 15));
    assert_eq!(name.len(), BODY_BYTES_MAX);
    json_request(callers.ada.request("POST", "/v1/orgs"), &name).send().await.expect_status(201);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_nobody_knows_is_refused_everywhere() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    for route in ROUTES.iter().filter(|route| !has_its_own_problems(route) && route.body != Body::Form) {
        if route.method != Method::Get {
            let answer = json_request(callers.request(route, ""), "{\"zzz\":1,\"yyy\":null}").send().await;
            let wrong = wrong_fields(answer);
            assert!(
                wrong.ends_with(&["yyy unknown".to_owned(), "zzz unknown".to_owned()]),
                "{}: {wrong:?}",
                route.operation
            );
        }
        if route.request.is_none() {
            let wrong = wrong_fields(callers.request(route, "?zzz=1&yyy").send().await);
            assert!(
                wrong.ends_with(&["yyy unknown".to_owned(), "zzz unknown".to_owned()]),
                "{}: {wrong:?}",
                route.operation
            );
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_cannot_be_read_is_refused() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    for route in ROUTES {
        let long = format!("?zzz={}", "x".repeat(URL_BYTES_MAX));
        callers.request(route, &long).send().await.expect_problem(414, "url_too_long");
        callers.request(route, "?a=%zz").send().await.expect_problem(400, "bad_url");
        callers.request(route, "?a=%ff").send().await.expect_problem(400, "bad_url");
    }
    callers.ada.get("/v1/orgs/%ff").await.expect_problem(400, "bad_url");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_bounds_its_pages_and_knows_its_own_cursors() {
    let app = TestApp::start().await;
    let callers = Callers::new(&app).await;
    for route in ROUTES.iter().filter(|route| route.response.is_some_and(|shape| shape.name.ends_with("Page"))) {
        for (query, code) in [("limit=0", "out_of_range"), ("limit=201", "out_of_range"), ("limit=1.5", "wrong_type")] {
            let wrong = wrong_fields(callers.request(route, &format!("?{query}")).send().await);
            assert_eq!(wrong, [format!("limit {code}")], "{}", route.operation);
        }
        callers.request(route, "?limit=200").send().await.expect_status(200);
        for cursor in ["x", "WzEsIjAwMDAwMDAwIiwxXQ", "%F0%9F%98%80"] {
            let answer = callers.request(route, &format!("?cursor={cursor}")).send().await;
            answer.expect_problem(422, "bad_cursor");
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_are_looked_at_before_the_request() {
    let app = TestApp::start().await;
    for route in ROUTES.iter().filter(|route| needs_credential(route.who)) {
        let path = route.path.replace("{org}", NO_ORG).replace("{member}", NO_MEMBER).replace("{user}", NO_USER);
        let path = path.replace("{project}", NO_PROJECT).replace("{project_member}", NO_PROJECT_MEMBER);
        let request = app.anyone().request(route.method.as_str(), &path.replace("{invitation}", NO_INVITATION));
        let answer = json_request(request, "{").send().await.expect_problem(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{}", route.operation);
    }
    app.finish().await;
}
