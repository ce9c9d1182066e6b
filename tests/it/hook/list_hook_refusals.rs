use latchkey_testkit::{TestApp, Value, json};

use super::{BILLING, changed, message, stripe};

/// `code count`, by code.
async fn refusals(app: &TestApp) -> Vec<String> {
    let listed = app.operator().get("/v1/hooks/refusals").await.expect_status(200).json();
    let entry = |entry: &Value| format!("{} {}", entry["code"].as_str().unwrap(), entry["count"]);
    listed["data"].as_array().unwrap().iter().map(entry).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_senders_are_refused_is_counted_by_its_code() {
    let app = TestApp::start().await;
    let post = || app.anyone().request("POST", BILLING);
    assert_eq!(refusals(&app).await, Vec::<String>::new());
    for _ in 0..3 {
        post().json(&message(0, json!({}))).send().await.expect_problem(403, "bad_signature");
    }
    post().json(&json!("x".repeat(300_000))).send().await.expect_problem(413, "body_too_large");
    changed(&app, "msg_1", 0, json!({})).await.expect_problem(422, "invalid_request");
    stripe(&app, &json!({})).await.expect_problem(422, "invalid_request");
    changed(&app, "msg_2", 0, json!({"customer": "c1", "plan": "team"})).await.expect_status(200);
    changed(&app, "msg_2", 0, json!({"customer": "c2", "plan": "team"})).await.expect_problem(422, "event_id_reused");
    let expected = ["bad_signature 3", "body_too_large 1", "event_id_reused 1", "invalid_request 2"];
    assert_eq!(refusals(&app).await, expected);
    // As hints are: what is lost is begun anew.
    app.wipe_key_value().await;
    assert_eq!(refusals(&app).await, Vec::<String>::new());
    app.anyone().get("/v1/hooks/refusals").await.expect_problem(401, "unauthenticated");
    app.finish().await;
}
