use expect_test::expect;
use latchkey_testkit::{TestApp, Value, shown};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_front_door_says_where_to_go() {
    let app = TestApp::start_with(|config| config.variable("product_name", "Turnstile")).await;
    let door = app.anyone().get("/").await;
    let version = door.text_at("/version");
    assert!(version.split('.').count() == 3, "{version}");
    assert_eq!(door.text_at("/name"), "Turnstile");
    let mut body = door.json();
    body["version"] = Value::from("[version]");
    expect![[r#"
        200
        {
          "links": {
            "openapi": "http://latchkey.test/v1/openapi.json",
            "sign_in": "http://latchkey.test/v1/auth/email"
          },
          "name": "Turnstile",
          "version": "[version]"
        }"#]]
    .assert_eq(&shown(&latchkey_testkit::Answer { text: body.to_string(), ..door }));
    app.finish().await;
}
