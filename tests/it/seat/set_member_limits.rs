use latchkey_testkit::{Answer, Caller, TestApp, Value, json};

use crate::support::{NO_MEMBER, my_member_id, wrong_fields};

async fn set(caller: &Caller, org: &str, member: &str, limits: Value) -> Answer {
    caller.put(&format!("/v1/orgs/{org}/members/{member}/limits"), json!({ "limits": limits })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_members_own_limits_go_before_the_organizations() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    let of_org = json!({"limits": {"theme_license.provision": 50, "theme.download": 9}});
    ada.put(&format!("/v1/orgs/{org}/limits"), of_org).await.expect_status(200);
    let own = json!({"theme_license.provision": 5, "report.download": 1});
    let answer = set(&ada, &org, &id, own.clone()).await.expect_status(200).json();
    let effective = json!({"theme_license.provision": 5, "theme.download": 9, "report.download": 1});
    assert_eq!(answer, json!({"limits": own, "effective": effective}));
    let shown = bob.get(&format!("/v1/orgs/{org}/members/{id}")).await.expect_status(200).json();
    assert_eq!(shown["limits"], own);
    let answer = set(&app.operator(), &org, &id, json!({})).await.expect_status(200).json();
    assert_eq!(answer["effective"], json!({"theme_license.provision": 50, "theme.download": 9}));
    assert_eq!(ada.event_types(&org).await[6..], ["member.limits_changed", "member.limits_changed"]);
    let events = ada.audit(&org).await.len();
    set(&ada, &org, &id, json!({})).await.expect_status(200);
    assert_eq!(ada.audit(&org).await.len(), events, "the same again changes nothing");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_members_have_limits_and_nobody_raises_their_own() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (bob, id) = ada.bring_in(&org, "bob@example.com", "member").await;
    set(&bob, &org, &id, json!({"a": 1})).await.expect_problem(403, "forbidden");
    set(&ada, &org, NO_MEMBER, json!({"a": 1})).await.expect_problem(404, "not_found");
    let beta = ada.create_org_with("Beta", "themes").await;
    set(&ada, &beta, &id, json!({"a": 1})).await.expect_problem(404, "not_found");
    set(&app.operator(), &beta, &id, json!({"a": 1})).await.expect_problem(404, "not_found");
    bob.post(&format!("/v1/orgs/{org}/leave"), Value::Null).await.expect_status(200);
    set(&ada, &org, &id, json!({"a": 1})).await.expect_problem(404, "not_found");
    let me = my_member_id(&ada, &org).await;
    assert_eq!(wrong_fields(set(&ada, &org, &me, json!({"A": 1})).await), ["limits invalid"]);
    app.finish().await;
}
