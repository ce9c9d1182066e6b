use latchkey_testkit::{TestApp, Value, json};

use super::{domains, join, organization, verified};

async fn joinable(caller: &latchkey_testkit::Caller) -> Vec<Value> {
    caller.get("/v1/me/joinable").await.expect_status(200).data()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_an_address_there_is_shown_the_organization() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let id = verified(&app, &ada, &org, "bücher.example", "off").await;
    let (grace, eve) = (app.sign_in("Grace@BÜCHER.example").await, app.sign_in("eve@sub.bücher.example").await);
    assert_eq!(joinable(&grace).await, Vec::<Value>::new());
    ada.patch(&format!("{}/{id}", domains(&org)), json!({"auto_join": "ask"})).await.expect_status(200);
    let expected = json!({
        "organization": {"id": org, "name": "Acme"}, "domain": "bücher.example", "auto_join": "ask", "role": "viewer",
        "role_title": "Viewer", "request": null,
    });
    assert_eq!(joinable(&grace).await, [expected]);
    assert_eq!(joinable(&eve).await, Vec::<Value>::new(), "a name below the domain is another domain");
    join(&grace, &org).await.expect_status(200);
    assert_eq!(joinable(&grace).await[0]["request"], "open");
    ada.bring_back(&org, &grace, "viewer").await;
    assert_eq!(joinable(&grace).await, Vec::<Value>::new());
    app.finish().await;
}
