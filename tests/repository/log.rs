//! What changes an organization is in its log; what reads writes nothing at all.

use latchkey_api::Effect;
use latchkey_testkit::TestApp;

use crate::contents::contents;
use crate::scene::{Asked, Cast, routes};

/// Operations that change an organization and yet append no event when they succeed, each with its reason. Only shrinks.
const WITHOUT_EVENT: [&str; 0] = [];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_of_an_organization_is_an_event_in_a_log_without_gap() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    for route in routes().filter(|route| route.effect == Effect::Organization) {
        let scene = cast.scene().await;
        let asked = Asked::of(route, &app, &scene).await;
        let before = app.count("SELECT count(*) FROM event");
        asked.request().send().await.expect_status(route.status);
        let appended = app.count("SELECT count(*) FROM event") - before;
        assert_eq!(appended == 0, WITHOUT_EVENT.contains(&route.operation), "{} appended {appended}", route.operation);
        let gaps = "SELECT count(*) FROM (SELECT 1 FROM event GROUP BY org_id HAVING min(version) <> 1 OR max(version) <> count(*))";
        assert_eq!(app.count(gaps), 0, "{}", route.operation);
        let ahead = "SELECT count(*) FROM org WHERE version <> (SELECT max(version) FROM event WHERE org_id = org.id)";
        assert_eq!(app.count(ahead), 0, "{}", route.operation);
        let without_command = "SELECT count(*) FROM event WHERE command_id NOT IN (SELECT id FROM command)";
        assert_eq!(app.count(without_command), 0, "{}", route.operation);
    }
    app.finish().await;
}

/// Events that the scene's requests do not make, and what does. Only shrinks.
const MADE_ELSEWHERE: [(&str, &str); 9] = [
    ("invitation.expired", "time, and `dispatch`, which is tested on its own"),
    ("invite_link.expired", "the same"),
    ("api_key.expired", "the same"),
    ("webhook.disabled", "five days in which nothing arrived, and `dispatch`: tests/it/webhook/telling.rs"),
    ("domain.lapsed", "a week without the record, and `dispatch`: tests/it/domain/checks.rs"),
    ("domain.moved", "another organization's proof: tests/it/domain/verify_domain.rs"),
    ("api_key.kept", "the removal of whoever holds keys: tests/it/api_key/leavers.rs"),
    ("api_key.adopted", "the same"),
    ("org.billed_owner_changed", "a policy that marks a billed owner: the tests of `transfer_ownership`"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_made_by_some_operation_that_is_tested_here() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    for route in routes().filter(|route| route.effect == Effect::Organization) {
        let scene = cast.scene().await;
        Asked::of(route, &app, &scene).await.request().send().await.expect_status(route.status);
    }
    for kind in latchkey_domain::event::EVENT_TYPES {
        if !MADE_ELSEWHERE.iter().any(|(elsewhere, _)| elsewhere == kind) {
            let there = app.count(&format!("SELECT count(*) FROM event WHERE type = '{kind}'"));
            assert!(there > 0, "no operation made {kind}");
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_writes_nothing() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    let scene = cast.scene().await;
    for route in routes().filter(|route| route.effect == Effect::Read) {
        let asked = Asked::of(route, &app, &scene).await;
        let before = contents(&app);
        asked.request().send().await.expect_status(route.status);
        if route.method.as_str() == "GET" {
            asked.by_method("HEAD").send().await.expect_status(route.status);
        }
        assert_eq!(contents(&app), before, "{}", route.operation);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trying_out_writes_nothing_and_names_the_events_that_follow() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    for route in routes().filter(|route| route.is_command()) {
        let scene = cast.scene().await;
        let asked = Asked::of(route, &app, &scene).await;
        let before = contents(&app);
        let tried = asked.dry_run().header("idempotency-key", "tried").send().await.expect_status(200);
        assert_eq!(contents(&app), before, "{}", route.operation);

        let so_many = app.count("SELECT count(*) FROM event");
        asked.request().send().await.expect_status(route.status);
        let appended = app.count("SELECT count(*) FROM event") - so_many;
        let foretold = tried.json()["events"].as_array().expect("events").len();
        assert_eq!(i64::try_from(foretold), Ok(appended), "{}", route.operation);
    }
    app.finish().await;
}

/// Operations on one's own account that organizations hear of, each with its reason. Only shrinks.
const HEARD_OF: [(&str, &str); 1] = [("delete_me", "leaves every organization")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ones_own_account_is_nobodys_log() {
    let app = TestApp::start().await;
    let mut cast = Cast::assemble(&app).await;
    for route in routes().filter(|route| matches!(route.effect, Effect::OwnAccount | Effect::SignIn)) {
        let scene = cast.scene().await;
        let asked = Asked::of(route, &app, &scene).await;
        let before = app.count("SELECT count(*) FROM event");
        asked.request().send().await.expect_status(route.status);
        let is_heard_of = HEARD_OF.iter().any(|(operation, _)| *operation == route.operation);
        assert_eq!(app.count("SELECT count(*) FROM event") > before, is_heard_of, "{}", route.operation);
    }
    app.finish().await;
}
