use latchkey_testkit::{TestApp, json};

use super::{keys, make_key};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_read_by_its_holder_and_by_whoever_manages_all_of_them() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (bob, bob_id) = ada.bring_in(&org, "bob@example.com", "issuer").await;
    let (cem, _) = ada.bring_in(&org, "cem@example.com", "issuer").await;
    let key = make_key(&ada, &org, json!({ "member": bob_id, "scopes": ["org.read"] })).await;
    let by_ada = ada.get(&key.path(&org)).await.expect_status(200);
    assert_eq!(by_ada.json()["key"], json!(null));
    assert_eq!(bob.get(&key.path(&org)).await.expect_status(200).text, by_ada.text);
    let refused = cem.get(&key.path(&org)).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "api_key.manage");
    // Whether there is such a key is told to whoever may read it only.
    let none = format!("{}/key_{}", keys(&org), "0".repeat(32));
    cem.get(&none).await.expect_problem(403, "forbidden");
    ada.get(&none).await.expect_problem(404, "not_found");
    ada.get(&format!("{}/x", keys(&org))).await.expect_problem(404, "not_found");
    let elsewhere = ada.create_org("Elsewhere").await;
    ada.get(&key.path(&elsewhere)).await.expect_problem(404, "not_found");
    app.finish().await;
}
