//! How many statements a request costs, counted where they arrive: a read one, a change two, a repetition one. On a remote
//! database each is a round trip.

use latchkey_api::{Effect, Route};
use latchkey_testkit::TestApp;

use crate::scene::{Asked, Cast, routes};

/// Operations with another budget, each with its reason. Only shrinks.
const EXCEPTIONS: [(&str, usize, &str); 11] = [
    ("start_sign_in", 1, "judges and records in one statement"),
    (
        "verify_sign_in",
        2,
        "counts the try before it compares, then signs in; two more where that brings them into an organization",
    ),
    ("verify_api_key", 1, "judges and records in one statement"),
    ("start_oidc_sign_in", 1, "remembers what it begins"),
    ("confirm_external_token", 1, "judges and opens the session in one statement"),
    ("sign_out", 1, "ends the session it finds"),
    (
        "dispatch",
        14,
        "five sorts of things due, users who were told of, domains, mail, messages to webhooks and webhooks that fail, old activity, and three sorts of rows to \
         forget; one more for each organization with something due of a sort and for each domain, two for each checkpoint, one for each \
         mail or message and two for several that are taken at once",
    ),
    ("take_billing_event", 3, "keeps what it says first, so that it is not lost, then is a change like others"),
    (
        "take_identity_event",
        5,
        "keeps what it says first, so that it is not lost, then looks at the user, makes their account, looks again and is done; two more \
         where that brings them into an organization",
    ),
    ("bind_payer", 3, "keeps what the operator says, then is a change like others"),
    ("export_audit", 2, "counts what there is, then reads it by pages of EXPORT_PAGE_ROWS, each with the right to it"),
];

/// Operations that nobody can repeat, each with its reason. Only shrinks.
const UNREPEATABLE: [(&str, &str); 1] = [("delete_me", "the session that would repeat it is gone with the account")];

pub(crate) fn budget(route: &Route) -> usize {
    let exception = EXCEPTIONS.iter().find(|(operation, ..)| *operation == route.operation);
    let usual = match (route.needs_store, route.effect) {
        (false, _) => 0,
        (true, Effect::Read) => 1,
        (true, _) => 2,
    };
    exception.map_or(usual, |(_, statements, _)| *statements)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_is_one_statement_and_a_change_two() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    for route in routes() {
        let scene = cast.scene().await;
        let asked = Asked::of(route, &app, &scene).await;
        asked.request().header("x-test-id", route.operation).send().await.expect_status(route.status);
        let statements = app.statements_of(route.operation);
        assert_eq!(statements.len(), budget(route), "{}: {statements:#?}", route.operation);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeating_and_trying_out_are_one_statement_each() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    for route in routes().filter(|route| route.is_command()) {
        let scene = cast.scene().await;
        let asked = Asked::of(route, &app, &scene).await;
        let id = |what: &str| format!("{what} {}", route.operation);

        asked.dry_run().header("x-test-id", &id("tried")).send().await.expect_status(200);
        let statements = app.statements_of(&id("tried"));
        assert_eq!(statements.len(), 1, "{}: {statements:#?}", route.operation);

        let key = route.operation;
        let first = asked.request().header("idempotency-key", key).send().await.expect_status(route.status);
        if UNREPEATABLE.iter().any(|(operation, _)| *operation == route.operation) {
            let again = asked.request().header("idempotency-key", key).send().await;
            again.expect_problem(401, "unauthenticated");
            continue;
        }
        let again = asked.request().header("idempotency-key", key).header("x-test-id", &id("again")).send().await;
        let again = again.expect_status(route.status);
        assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (first.text.as_str(), Some("true")));
        let statements = app.statements_of(&id("again"));
        assert_eq!(statements.len(), 1, "{}: {statements:#?}", route.operation);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_costs_no_more_than_what_it_refuses() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    for route in routes().filter(|route| route.path.starts_with("/v1/orgs/{org}")) {
        let asked = Asked::of(route, &app, &scene).await;
        let id = format!("stranger {}", route.operation);
        asked.by(&cast.eve).header("x-test-id", &id).send().await.expect_status(404);
        assert_eq!(app.statements_of(&id).len(), 1, "{}", route.operation);
        let id = format!("nobody {}", route.operation);
        asked.by(&app.anyone()).header("x-test-id", &id).send().await.expect_status(401);
        assert_eq!(app.statements_of(&id).len(), 0, "{}", route.operation);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_one_statement_whatever_is_asked_of_it() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    let lists = [
        "members?status=active",
        "members?status=pending&limit=1",
        "members?search=view",
        "invitations?status=pending&limit=200",
        "invite-links?status=used_up&limit=1",
        "api-keys?whose=all&status=active&limit=1",
        "audit?type=member.joined&since=2000-01-01T00:00:00Z&until=2999-01-01T00:00:00Z",
    ];
    for list in lists {
        let path = format!("/v1/orgs/{}/{list}", scene.org);
        scene.owner.request("GET", &path).header("x-test-id", list).send().await.expect_status(200);
        assert_eq!(app.statements_of(list).len(), 1, "{list}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_is_one_statement_however_long_ago() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    let newest = scene.owner.audit(&scene.org).await.pop().expect("an event");
    let at = newest["effective_at"].as_str().expect("a moment");
    let member = format!("/members/{}?", scene.member);
    for what in ["?", "/policy?", "/seats?", "/members?", "/members?role=viewer&", "/members?licensed=true&", &member] {
        let path = format!("/v1/orgs/{}{what}as_of={at}", scene.org);
        scene.owner.request("GET", &path).header("x-test-id", what).send().await.expect_status(200);
        assert_eq!(app.statements_of(what).len(), 1, "{what}");
    }
    app.finish().await;
}

#[test]
fn exceptions_are_about_operations_that_exist() {
    let unrepeatable = UNREPEATABLE.map(|(operation, reason)| (operation, 0, reason));
    for (operation, _, reason) in EXCEPTIONS.into_iter().chain(unrepeatable) {
        assert!(routes().any(|route| route.operation == operation), "{operation}");
        assert!(!reason.is_empty());
    }
}
