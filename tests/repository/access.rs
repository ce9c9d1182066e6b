//! Every operation, asked for by those who may not have it. A refusal says what it must, and changes nothing.

use latchkey_api::{Code, Route, Who};
use latchkey_testkit::{Answer, PUBLIC_URL, TestApp, Value};

use crate::contents::contents;
use crate::scene::{Asked, Cast, routes};

/// Operations within an organization that every role has. Only shrinks.
const EVERY_MEMBER_MAY: &[&str] = &[
    "get_org",
    "get_org_policy",
    "get_seats",
    "list_members",
    "get_member",
    "get_member_access",
    "list_invitations",
    "leave_org",
    "list_projects",
    "get_project",
    "list_project_members",
    "leave_project",
    "list_api_keys",
    "join_org",
];

fn needs_credential(route: &Route) -> bool {
    !matches!(route.who, Who::Anyone | Who::OptionalSession | Who::Signature | Who::DevMode)
}

fn looks_at_sessions(route: &Route) -> bool {
    matches!(route.who, Who::Session | Who::Member | Who::MemberOrOperator | Who::OptionalSession)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_credential_nothing_answers_that_needs_one() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    for route in routes().filter(|route| needs_credential(route)) {
        let asked = Asked::of(route, &app, &scene).await;
        let before = contents(&app);
        let refused = asked.by(&app.anyone()).send().await.expect_problem(401, "unauthenticated");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "{}", route.operation);
        assert_eq!(contents(&app), before, "{}", route.operation);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_made_up_or_ended_session_is_as_good_as_none() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    let ended = cast.scene().await.viewer;
    ended.delete("/v1/auth/session", Value::Null).await.expect_status(204);
    let made_up = format!("lks_{}", "0".repeat(64));
    let digits = ended.token().trim_start_matches("lks_").to_owned();
    let tokens = [made_up.as_str(), "x", digits.as_str(), ended.token(), "lks_", "' OR 1=1 --"];
    for route in routes().filter(|route| looks_at_sessions(route)) {
        let asked = Asked::of(route, &app, &scene).await;
        let before = contents(&app);
        for token in tokens {
            let caller = app.anyone().bearer(token);
            asked.by(&caller).send().await.expect_problem(401, "unauthenticated");
            let by_cookie = asked.by(&app.anyone()).header("cookie", &format!("latchkey_session={token}"));
            by_cookie.header("origin", PUBLIC_URL).send().await.expect_problem(401, "unauthenticated");
        }
        assert_eq!(contents(&app), before, "{}", route.operation);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_find_nothing() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    for route in routes().filter(|route| route.parameters().next().is_some() && looks_at_sessions(route)) {
        let asked = Asked::of(route, &app, &scene).await;
        let before = contents(&app);
        let stranger = asked.by(&cast.eve).send().await.expect_problem(404, "not_found");
        // What is not theirs reads as what does not exist.
        let nowhere: Vec<_> = asked.ids.iter().map(|(name, id)| (*name, unknown(id))).collect();
        let unknown = asked.by_with(&cast.eve, &nowhere).send().await.expect_problem(404, "not_found");
        assert_eq!(without_request_id(&stranger), without_request_id(&unknown), "{}", route.operation);
        assert_eq!(contents(&app), before, "{}", route.operation);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_without_the_right_are_told_so() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    for route in routes().filter(|route| route.path.starts_with("/v1/orgs/{org}")) {
        let asked = Asked::of(route, &app, &scene).await;
        if EVERY_MEMBER_MAY.contains(&route.operation) {
            if !route.is_change() {
                asked.by(&scene.viewer).send().await.expect_status(route.status);
            }
            continue;
        }
        assert!(route.refusals.contains(&Code::Forbidden), "{} does not declare `forbidden`", route.operation);
        let before = contents(&app);
        let refused = asked.by(&scene.viewer).send().await.expect_problem(403, "forbidden");
        assert!(
            refused.text_at("/permission").contains('.') && refused.text_at("/role") == "viewer",
            "{}",
            refused.text
        );
        // Trying it out needs the same right.
        if route.is_command() {
            asked.dry_run_by(&scene.viewer).send().await.expect_problem(403, "forbidden");
        }
        assert_eq!(contents(&app), before, "{}", route.operation);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_removed_is_a_stranger_at_once() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    for route in routes().filter(|route| route.path.starts_with("/v1/orgs/{org}")) {
        let asked = Asked::of(route, &app, &scene).await;
        // Most operations are about the scene's own organization, which is left before the first of them.
        let left = scene.viewer.post(&format!("/v1/orgs/{}/leave", asked.org()), Value::Null).await.status;
        assert!([200, 404].contains(&left.as_u16()), "{left}");
        asked.by(&scene.viewer).send().await.expect_problem(404, "not_found");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_nobody_takes_no_notice_of_credentials() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    for route in routes().filter(|route| matches!(route.who, Who::Anyone | Who::DevMode)) {
        let scene = cast.scene().await;
        let asked = Asked::of(route, &app, &scene).await;
        asked.by(&app.anyone().bearer("garbage")).send().await.expect_status(route.status);
    }
    app.finish().await;
}

/// An id of the same kind that nothing has.
fn unknown(id: &str) -> String {
    if id.contains(':') {
        return format!("invitation:inv_{}:1", "0".repeat(32));
    }
    let (prefix, _) = id.split_once('_').expect("a prefix");
    format!("{prefix}_{}", "0".repeat(32))
}

fn without_request_id(answer: &Answer) -> Value {
    let mut json = answer.json();
    json.as_object_mut().expect("a problem").remove("request_id");
    json
}
