use latchkey_testkit::{Value, json};

use super::{scene, tell, webhooks};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_webhook_is_gone_and_told_nothing_more() {
    let (app, receiver, ada, org, webhook, _) = scene().await;
    let path = format!("{}/{webhook}", webhooks(&org));
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Beta"})).await.expect_status(200);
    ada.delete(&path, Value::Null).await.expect_status(204);
    assert_eq!(tell(&app).await, (0, 0), "nor of what happened before");
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Gamma"})).await.expect_status(200);
    assert_eq!(tell(&app).await, (0, 0));
    assert_eq!(receiver.received().len(), 0);
    ada.get(&path).await.expect_problem(404, "not_found");
    ada.delete(&path, Value::Null).await.expect_problem(404, "not_found");
    ada.post(&format!("{path}/test"), Value::Null).await.expect_problem(404, "not_found");
    assert_eq!(ada.get(&webhooks(&org)).await.expect_status(200).data(), [] as [Value; 0]);
    assert_eq!(ada.event_types(&org).await[2..], ["webhook.created", "org.renamed", "webhook.deleted", "org.renamed"]);
    app.finish().await;
}
