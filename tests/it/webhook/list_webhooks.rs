use latchkey_testkit::json;

use super::{app, make, webhooks};
use crate::support::{pages, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_are_listed_the_newest_first_without_those_that_were_deleted() {
    let app = app().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let mut ids = Vec::new();
    for n in 0..4 {
        let body = json!({"url": "https://hooks.example.com/", "description": format!("Number {n}")});
        ids.push(make(&ada, &org, body).await.0);
    }
    ada.delete(&format!("{}/{}", webhooks(&org), ids[1]), json!(null)).await.expect_status(204);
    let all = ada.get(&webhooks(&org)).await.expect_status(200).data();
    assert_eq!(texts(&all, "description"), ["Number 3", "Number 2", "Number 0"]);
    assert!(all.iter().all(|webhook| webhook["secret"].is_null()));
    assert_eq!(pages(&ada, &webhooks(&org), 1).await.len(), 3);
    let other = ada.create_org("Other").await;
    assert_eq!(ada.get(&webhooks(&other)).await.expect_status(200).data().len(), 0);
    app.finish().await;
}
