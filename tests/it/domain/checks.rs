//! Verified domains, looked at again by `dispatch`.

use std::time::Duration;

use latchkey_testkit::{DISPATCH_TOKEN, Reaction, TestApp, Value, json};

use super::{domain_of, join, organization, told, verified, verify};
use crate::support::DAY;

const NAME: &str = "_latchkey-challenge.acme.example";

/// Calls dispatch; how many domains it looked at, and how many of them have lapsed.
async fn look(app: &TestApp) -> (u64, u64) {
    let called = app.anyone().bearer(DISPATCH_TOKEN).post("/v1/dispatch", Value::Null).await.expect_status(200).json();
    (called["domains_checked"].as_u64().unwrap(), called["domains_lapsed"].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_is_looked_at_every_day_and_lapses_when_its_record_is_gone_for_a_week() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let id = verified(&app, &ada, &org, "acme.example", "automatic").await;
    let value = domain_of(&ada, &org, &id).await["record"]["value"].as_str().unwrap().to_owned();
    assert_eq!(look(&app).await, (0, 0));
    app.advance_clock(DAY);
    assert_eq!(look(&app).await, (1, 0));
    assert_eq!(look(&app).await, (0, 0));

    app.resolver().set(NAME, &[]);
    app.advance_clock(DAY);
    assert_eq!(look(&app).await, (1, 0));
    let failing = domain_of(&ada, &org, &id).await;
    assert!(
        failing["status"] == "verified" && failing["failing_since"].is_string() && failing["lapses_at"].is_string()
    );
    // It comes back in time, and goes again: the week begins anew.
    app.resolver().set(NAME, &[&value]);
    app.advance_clock(DAY);
    assert_eq!(look(&app).await, (1, 0));
    assert_eq!(domain_of(&ada, &org, &id).await["failing_since"], Value::Null);
    app.resolver().set(NAME, &["something else"]);
    for _ in 0..7 {
        app.advance_clock(DAY);
        assert_eq!(look(&app).await, (1, 0));
    }
    app.advance_clock(DAY);
    assert_eq!(look(&app).await, (1, 1));
    let lapsed = domain_of(&ada, &org, &id).await;
    assert_eq!(
        (&lapsed["status"], &lapsed["auto_join"], &lapsed["failing_since"]),
        (&json!("lapsed"), &json!("off"), &json!(null))
    );
    let log = ada.audit(&org).await;
    assert_eq!(
        (&log.last().unwrap()["type"], &log.last().unwrap()["actor"]["id"]),
        (&json!("domain.lapsed"), &json!("system"))
    );
    assert_eq!(told(&app, "ada@example.com").await[0], "acme.example is no longer verified for Acme");
    let grace = app.sign_in("grace@acme.example").await;
    join(&grace, &org).await.expect_problem(404, "not_found");
    app.advance_clock(DAY);
    assert_eq!(look(&app).await, (0, 0));
    app.resolver().set(NAME, &[&value]);
    assert_eq!(verify(&ada, &org, &id).await.expect_status(200).text_at("/status"), "verified");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_of_the_resolver_is_not_the_domains() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let id = verified(&app, &ada, &org, "acme.example", "ask").await;
    app.resolver().lie(|_| Reaction::status(503));
    for _ in 0..20 {
        app.advance_clock(DAY);
        assert_eq!(look(&app).await, (1, 0));
    }
    let ada = app.sign_in("ada@example.com").await;
    let shown = domain_of(&ada, &org, &id).await;
    assert_eq!((&shown["status"], &shown["failing_since"]), (&json!("verified"), &json!(null)));
    assert_eq!(shown["trouble"], "the resolver does not answer: it answered 503");
    // It is asked again in an hour rather than in a day.
    app.resolver().be_honest();
    app.advance_clock(Duration::from_secs(3601));
    assert_eq!(look(&app).await, (1, 0));
    assert_eq!(domain_of(&ada, &org, &id).await["trouble"], Value::Null);
    app.finish().await;
}
