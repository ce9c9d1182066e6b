//! Every operation within an organization, asked for with an API key: with one that may all, with one that may nothing, with
//! one of somewhere else.

use std::time::Duration;

use latchkey_api::{Route, Who};
use latchkey_testkit::{Caller, TestApp, Value, json};

use crate::budget::budget;
use crate::contents::contents;
use crate::scene::{Asked, Cast, routes};

/// How long a use is waited for that is recorded after its answer.
const RECORDED_WITHIN: Duration = Duration::from_secs(5);

fn within_an_organization(route: &Route) -> bool {
    matches!(route.who, Who::Member | Who::MemberOrOperator) && route.path.starts_with("/v1/orgs/{org}")
}

/// A program with a key that the caller makes.
async fn program(app: &TestApp, caller: &Caller, org: &str, mut body: Value) -> Caller {
    body["name"] = json!("A program's");
    let made = caller.post(&format!("/v1/orgs/{org}/api-keys"), body).await.expect_status(201);
    app.anyone().bearer(made.text_at("/key"))
}

/// Everything in the database but the record of uses.
fn state(app: &TestApp) -> String {
    let contents = contents(app);
    contents.lines().filter(|line| !line.starts_with("activity ") && !line.starts_with("api_key_use ")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_without_scopes_does_nothing_at_all() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    let mut asked_for = 0;
    for route in routes().filter(|route| within_an_organization(route)) {
        let asked = Asked::of(route, &app, &scene).await;
        let nothing = program(&app, &scene.owner, asked.org(), json!({"scopes": []})).await;
        let before = state(&app);
        let refused = asked.by(&nothing).send().await;
        let code = refused.json()["code"].clone();
        assert!(refused.status == 403 && code == "scope_lacks", "{}: {}", route.operation, refused.text);
        if route.is_command() {
            asked.dry_run_by(&nothing).send().await.expect_problem(403, "scope_lacks");
        }
        assert_eq!(state(&app), before, "{}", route.operation);
        asked_for += 1;
    }
    assert!(asked_for >= 30, "{asked_for} operations");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_another_organization_finds_nothing() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    // Of a stranger, and of an organization whose owner is the owner here as well.
    let elsewhere = scene.owner.create_org_with("Elsewhere", "platform").await;
    let theirs = program(&app, &cast.eve, &cast.elsewhere, json!({})).await;
    let own = program(&app, &scene.owner, &elsewhere, json!({})).await;
    for route in routes().filter(|route| within_an_organization(route)) {
        let asked = Asked::of(route, &app, &scene).await;
        let before = contents(&app);
        for key in [&theirs, &own] {
            asked.by(key).send().await.expect_problem(404, "not_found");
        }
        assert_eq!(contents(&app), before, "{}: not even the use is recorded there", route.operation);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_has_ended_is_as_good_as_none() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    let made_up = latchkey_domain::key::compose("0a1b2c3d", &"5e".repeat(32));
    for route in routes().filter(|route| route.takes_keys()) {
        let asked = Asked::of(route, &app, &scene).await;
        let org = if asked.org().is_empty() { scene.org.clone() } else { asked.org().to_owned() };
        let path = format!("/v1/orgs/{org}/api-keys");
        let made = scene.owner.post(&path, json!({"name": "Ended"})).await.expect_status(201);
        scene.owner.delete(&format!("{path}/{}", made.text_at("/id")), Value::Null).await.expect_status(204);
        let before = contents(&app);
        for text in [made.text_at("/key"), made_up.clone(), format!("{made_up}0")] {
            asked.by(&app.anyone().bearer(text)).send().await.expect_problem(401, "unauthenticated");
        }
        assert_eq!(contents(&app), before, "{}", route.operation);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_for_people_takes_no_key() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    for route in routes().filter(|route| matches!(route.who, Who::Session | Who::OptionalSession)) {
        let asked = Asked::of(route, &app, &scene).await;
        let key = app.anyone().bearer(&scene.key_text);
        let before = contents(&app);
        asked.by(&key).send().await.expect_problem(403, "session_required");
        assert_eq!(contents(&app), before, "{}", route.operation);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_key_a_read_is_one_statement_and_its_record_and_a_change_two() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    for route in routes().filter(|route| within_an_organization(route)) {
        let scene = cast.scene().await;
        let asked = Asked::of(route, &app, &scene).await;
        let key = program(&app, &scene.owner, asked.org(), json!({})).await;
        let asked = asked.by(&key).header("x-test-id", route.operation);
        asked.send().await.expect_status(route.status);
        // What is no command records the use after its answer, as reading does.
        let is_recorded_after = !route.is_command();
        let wanted = budget(route) + usize::from(is_recorded_after);
        let statements = || app.statements_of(route.operation);
        let began = std::time::Instant::now();
        while statements().len() < wanted && began.elapsed() < RECORDED_WITHIN {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let statements = statements();
        assert_eq!(statements.len(), wanted, "{}: {statements:#?}", route.operation);
        let last = statements.last().is_some_and(|sql| sql.starts_with("INSERT INTO activity ("));
        assert_eq!(last, is_recorded_after, "{}: {statements:#?}", route.operation);
        let key = latchkey_domain::secret::token_hash(key.token());
        let recorded = || {
            app.count(&format!(
                "SELECT count(*) FROM activity WHERE data ->> '$.operation' = '{}'
                 AND org_id = (SELECT org_id FROM api_key_secret WHERE id = '{key}')",
                route.operation,
            ))
        };
        // The statement is counted when it begins; its row is there when it has ended.
        while recorded() == 0 && began.elapsed() < RECORDED_WITHIN {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(recorded(), 1, "{}", route.operation);
    }
    app.finish().await;
}
