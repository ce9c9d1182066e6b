use latchkey_testkit::{PUBLIC_URL, TestApp, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_learns_what_there_is() {
    let app = TestApp::start().await;
    let answer = app.anyone().get("/.well-known/authzen-configuration").await.expect_status(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let at = |path: &str| format!("{PUBLIC_URL}/access/v1/{path}");
    let expected = json!({
        "policy_decision_point": PUBLIC_URL,
        "access_evaluation_endpoint": at("evaluation"),
        "access_evaluations_endpoint": at("evaluations"),
        "search_subject_endpoint": at("search/subject"),
        "search_resource_endpoint": at("search/resource"),
        "search_action_endpoint": at("search/action"),
    });
    assert_eq!(answer.json(), expected);
    app.anyone().post("/.well-known/authzen-configuration", json!({})).await.expect_problem(405, "method_not_allowed");
    app.finish().await;
}
