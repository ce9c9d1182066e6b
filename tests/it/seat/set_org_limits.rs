use std::collections::BTreeMap;

use expect_test::expect;
use latchkey_testkit::{Answer, Caller, TestApp, Value, json, redacted, shown};

use crate::support::wrong_fields;

async fn set(caller: &Caller, org: &str, limits: Value) -> Answer {
    caller.put(&format!("/v1/orgs/{org}/limits"), json!({ "limits": limits })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_replace_those_there_were_and_the_log_says_so() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    set(&ada, &org, json!({"theme_license.provision": 50, "seats": 1})).await.expect_status(200);
    let replaced = set(&app.operator(), &org, json!({"theme_license.provision": 70})).await;
    expect![[r#"
        200
        etag: "4"
        {
          "limits": {
            "theme_license.provision": 70
          }
        }"#]]
    .assert_eq(&shown(&replaced));
    let log = ada.audit(&org).await;
    let told = log[2..].iter().map(|event| json!([event["type"], event["actor"]["kind"], event["data"]]));
    expect![[r#"
        [
          [
            "org.limits_changed",
            "user",
            {
              "limits": {
                "seats": 1,
                "theme_license.provision": 50
              }
            }
          ],
          [
            "org.limits_changed",
            "operator",
            {
              "limits": {
                "theme_license.provision": 70
              }
            }
          ]
        ]"#]]
    .assert_eq(&redacted(&told.collect()));
    let events = log.len();
    set(&ada, &org, json!({"theme_license.provision": 70})).await.expect_status(200);
    assert_eq!(ada.audit(&org).await.len(), events, "the same again changes nothing");
    assert_eq!(set(&ada, &org, json!({})).await.expect_status(200).json(), json!({"limits": {}}));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_manages_billing_may_and_others_may_not() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let (member, _) = ada.bring_in(&org, "bob@example.com", "member").await;
    let refused = set(&member, &org, json!({"a": 1})).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "billing.manage");
    let eve = app.sign_in("eve@example.com").await;
    set(&eve, &org, json!({"a": 1})).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_numbers_are_bounded() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org_with("Acme", "themes").await;
    let many = |count: usize| (0..count).map(|n| (format!("n{n}"), n)).collect::<BTreeMap<_, _>>();
    for (limits, wrong) in [
        (json!([]), "limits wrong_type"),
        (json!({"Provision": 1}), "limits invalid"),
        (json!({"a..b": 1}), "limits invalid"),
        (json!({"": 1}), "limits invalid"),
        (json!({"1a": 1}), "limits invalid"),
        (json!({"a".repeat(101): 1}), "limits invalid"),
        (json!({"a": -1}), "limits out_of_range"),
        (json!({"a": 9_007_199_254_740_992_u64}), "limits out_of_range"),
        (json!({"a": null}), "limits wrong_type"),
        (json!({"a": 0.5}), "limits wrong_type"),
        (json!(many(51)), "limits too_long"),
    ] {
        assert_eq!(wrong_fields(set(&ada, &org, limits.clone()).await), [wrong], "{limits}");
    }
    set(&ada, &org, json!(many(50))).await.expect_status(200);
    set(&ada, &org, json!({"a.b_2": 9_007_199_254_740_991_u64})).await.expect_status(200);
    app.finish().await;
}
