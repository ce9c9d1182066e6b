use latchkey_testkit::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_description_is_served_and_cached_by_its_tag() {
    let app = TestApp::start().await;
    let first = app.anyone().get("/v1/openapi.json").await.expect_status(200);
    assert!(first.text_at("/openapi").starts_with("3.1."));
    assert!(first.json()["paths"]["/v1/orgs/{org}/members"]["get"].is_object());
    assert_eq!(first.header("content-type"), Some("application/json"));
    assert_eq!(first.header("cache-control"), Some("public, no-cache"));
    let tag = first.header("etag").unwrap();
    for known in [tag.to_owned(), format!("W/{tag}"), format!("\"x\", {tag}")] {
        let again = app.anyone().request("GET", "/v1/openapi.json").header("if-none-match", &known).send().await;
        assert_eq!((again.status.as_u16(), again.text.as_str(), again.header("etag")), (304, "", Some(tag)), "{known}");
    }
    let other = app.anyone().request("GET", "/v1/openapi.json").header("if-none-match", "\"x\"").send().await;
    other.expect_status(200);
    app.finish().await;
}
