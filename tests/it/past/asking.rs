use latchkey_testkit::{TestApp, json};

use super::{moment, then};
use crate::support::{NO_ORG, my_member_id, wrong_fields};

/// Every path that answers about the past.
async fn paths(ada: &latchkey_testkit::Caller, org: &str) -> [String; 5] {
    let member = my_member_id(ada, org).await;
    ["".to_owned(), "/policy".to_owned(), "/seats".to_owned(), "/members".to_owned(), format!("/members/{member}")]
        .map(|path| format!("/v1/orgs/{org}{path}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_no_past_before_the_first_event_and_none_in_the_future() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let since = ada.get(&format!("/v1/orgs/{org}")).await.text_at("/created_at");
    for path in paths(&ada, &org).await {
        ada.get(&then(&path, &since)).await.expect_status(200);
        for early in ["2000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z"] {
            let problem = ada.get(&then(&path, early)).await.expect_problem(422, "before_the_beginning");
            assert_eq!(
                (problem.text_at("/since"), problem.text_at("/errors/0/field")),
                (since.clone(), "as_of".to_owned())
            );
        }
        for late in ["2999-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(wrong_fields(ada.get(&then(&path, late)).await), ["as_of out_of_range"], "{path}");
        }
        for wrong in ["yesterday", "2026-01-01", "2026-01-01T00:00:00", "1767225600000", "2026-13-01T00:00:00Z"] {
            assert_eq!(wrong_fields(ada.get(&then(&path, wrong)).await), ["as_of invalid"], "{path} {wrong}");
        }
        let asked = ada.get(&then(&path, "")).await.expect_status(200);
        assert_eq!(asked.json(), ada.get(&path).await.json(), "nothing asked is the present");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_is_for_those_who_may_read_the_log() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let at = moment(&app, &ada, &org).await;
    let (viewer, _) = ada.bring_in(&org, "viewer@example.com", "viewer").await;
    let (admin, _) = ada.bring_in(&org, "admin@example.com", "admin").await;
    let eve = app.sign_in("eve@example.com").await;
    for path in paths(&ada, &org).await {
        viewer.get(&path).await.expect_status(200);
        let refused = viewer.get(&then(&path, &at)).await.expect_problem(403, "forbidden");
        assert_eq!(refused.text_at("/permission"), "audit.read");
        admin.get(&then(&path, &at)).await.expect_status(200);
        eve.get(&then(&path, &at)).await.expect_problem(404, "not_found");
        app.anyone().get(&then(&path, &at)).await.expect_problem(401, "unauthenticated");
        // A stranger does not learn when an organization began either.
        eve.get(&then(&path, "2000-01-01T00:00:00Z")).await.expect_problem(404, "not_found");
        viewer.get(&then(&path, "2000-01-01T00:00:00Z")).await.expect_problem(403, "forbidden");
    }
    for path in ["policy", "seats"] {
        app.operator().get(&then(&format!("/v1/orgs/{org}/{path}"), &at)).await.expect_status(200);
        app.operator().get(&then(&format!("/v1/orgs/{NO_ORG}/{path}"), &at)).await.expect_problem(404, "not_found");
    }
    let all = paths(&ada, &org).await;
    ada.delete(&format!("/v1/orgs/{org}"), json!({"name": "Acme"})).await.expect_status(204);
    for path in all {
        ada.get(&then(&path, &at)).await.expect_problem(404, "not_found");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_knows_no_names_and_no_roles_but_those_of_its_day() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let at = moment(&app, &ada, &org).await;
    let members = then(&format!("/v1/orgs/{org}/members"), &at);
    assert_eq!(wrong_fields(ada.get(&format!("{members}&search=ada")).await), ["search not_allowed"]);
    assert_eq!(wrong_fields(ada.get(&format!("{members}&sort=name")).await), ["sort not_allowed"]);
    ada.get(&format!("{members}&sort=joined")).await.expect_status(200);
    let unknown = ada.get(&format!("{members}&role=king")).await.expect_problem(422, "unknown_role");
    assert_eq!(unknown.json()["known"][0], "owner");
    assert_eq!(ada.get(&format!("{members}&status=pending&licensed=true")).await.expect_status(200).data().len(), 0);
    app.finish().await;
}
