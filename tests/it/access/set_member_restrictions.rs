use latchkey_testkit::{TestApp, Value, json};

use super::restrict;
use crate::support::{NO_MEMBER, my_member_id, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_restricted_as_a_whole_and_a_new_membership_is_free() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    let at = |id: &str| format!("/v1/orgs/{org}/members/{id}");
    let shown = async |id: &str| ada.get(&at(id)).await.expect_status(200).json()["restrictions"].clone();
    assert_eq!(shown(&id).await, json!({}));
    let wanted = json!({"theme.download": ["basalt", "aurora"], "catalog.browse": ["aurora"]});
    let answer = restrict(&ada, &org, &id, wanted).await.expect_status(200);
    let sorted = json!({"catalog.browse": ["aurora"], "theme.download": ["aurora", "basalt"]});
    assert_eq!(answer.json(), json!({ "restrictions": sorted }));
    assert_eq!(shown(&id).await, sorted);
    let listed = ada.get(&format!("/v1/orgs/{org}/members")).await.expect_status(200).data();
    assert!(listed.iter().all(|member| member["restrictions"].is_null()), "a list does not show them");

    let events = ada.audit(&org).await.len();
    restrict(&ada, &org, &id, json!({"theme.download": ["aurora", "basalt"], "catalog.browse": ["aurora"]}))
        .await
        .expect_status(200);
    assert_eq!(ada.audit(&org).await.len(), events, "the same again changes nothing");
    restrict(&app.operator(), &org, &id, json!({"theme.download": ["basalt"]})).await.expect_status(200);
    assert_eq!(shown(&id).await, json!({"theme.download": ["basalt"]}));
    let newest = ada.audit(&org).await.pop().expect("an event");
    assert_eq!(
        (&newest["type"], &newest["actor"]["kind"]),
        (&json!("member.restrictions_changed"), &json!("operator"))
    );

    bob.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    let again = ada.bring_back(&org, &bob, "member").await;
    assert_eq!(shown(&again).await, json!({}));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_over_roles_in_reach_and_nobody_lifts_their_own() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "portal").await;
    let me = my_member_id(&ada, &org).await;
    let (bob, bobs) = ada.bring_in(&org, "bob@example.com", "admin").await;
    let (cem, cems) = ada.bring_in(&org, "cem@example.com", "member").await;
    let some = || json!({"product.use": ["a", "b"]});
    restrict(&cem, &org, &bobs, some()).await.expect_problem(403, "forbidden");
    restrict(&bob, &org, &me, some()).await.expect_problem(403, "role_out_of_reach");
    restrict(&bob, &org, &cems, some()).await.expect_status(200);
    restrict(&ada, &org, &bobs, some()).await.expect_status(200);
    restrict(&bob, &org, &bobs, json!({})).await.expect_problem(403, "role_out_of_reach");
    restrict(&ada, &org, NO_MEMBER, some()).await.expect_problem(404, "not_found");
    let beta = ada.create_org_with("Beta", "portal").await;
    restrict(&app.operator(), &beta, &cems, some()).await.expect_problem(404, "not_found");
    cem.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    restrict(&ada, &org, &cems, some()).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn permissions_are_the_host_products_and_lists_have_limits() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (_, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    for unknown in ["member.read", "theme.downlaod", "billing.manage", "x"] {
        let refused =
            restrict(&ada, &org, &id, json!({unknown: ["a"]})).await.expect_problem(422, "unknown_permission");
        let known = refused.json()["known"].as_array().expect("a list").clone();
        assert!(known.contains(&json!("theme.download")) && !known.contains(&json!("member.read")));
    }
    let ids = |count: usize| (0..count).map(|n| format!("t{n}")).collect::<Vec<_>>();
    for (wrong, code) in [
        (json!({"theme.download": []}), "too_short"),
        (json!({"theme.download": ids(1001)}), "too_long"),
        (json!({"theme.download": ["a", "a"]}), "invalid"),
        (json!({"theme.download": ["x".repeat(201)]}), "invalid"),
        (json!({"theme.download": [""]}), "invalid"),
        (json!({"theme.download": ["a\u{0}"]}), "invalid"),
        (json!({"theme.download": [1]}), "wrong_type"),
        (json!({"theme.download": "a"}), "wrong_type"),
        (json!([]), "wrong_type"),
        (ids(51).into_iter().map(|id| (id, json!(["a"]))).collect::<Value>(), "too_long"),
    ] {
        let answer = restrict(&ada, &org, &id, wrong).await;
        assert_eq!(wrong_fields(answer), [format!("restrictions {code}")]);
    }
    restrict(&ada, &org, &id, json!({"theme.download": ids(1000)})).await.expect_status(200);
    app.finish().await;
}
