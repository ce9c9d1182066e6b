use expect_test::expect;
use latchkey_testkit::{TestApp, json, shown};

use super::{changed, stripe, subscription};
use crate::support::pages;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_person_is_listed_with_what_they_pay_for() {
    let app = TestApp::start().await;
    let org = "org_019392d1c4b87d00a1b2c3d4e5f60718";
    let said = json!({"customer": "c1", "org": org, "plan": "team", "seats": 3});
    changed(&app, "msg_1", 0, said).await.expect_status(200);
    expect![[r#"
        200
        {
          "data": [
            {
              "claimed_organization": "org#1",
              "id": "hook:c1",
              "organization": null,
              "parked_at": "[time]",
              "reason": "unknown_organization",
              "state": "parked",
              "subscription": {
                "id": "only",
                "items": [],
                "plan": "team",
                "seats": 3
              }
            }
          ],
          "next_cursor": null
        }"#]]
    .assert_eq(&shown(&app.operator().get("/v1/billing/payers").await));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_longest_waiting_come_first_and_each_once() {
    let app = TestApp::start().await;
    for n in 0..5 {
        let of = json!({"customer": format!("cus_{n}"), "id": format!("sub_{n}")});
        stripe(&app, &subscription(&format!("evt_{n}"), "created", 0, &of)).await.expect_status(200);
    }
    // News does not send anybody back to the end.
    stripe(&app, &subscription("evt_9", "updated", 0, &json!({"customer": "cus_0", "id": "sub_0"})))
        .await
        .expect_status(200);
    let pages = pages(&app.operator(), "/v1/billing/payers", 2).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let ids: Vec<_> = pages.iter().flatten().map(|payer| payer["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, (0..5).map(|n| format!("stripe:cus_{n}")).collect::<Vec<_>>());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_for_the_operator() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    ada.get("/v1/billing/payers").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
