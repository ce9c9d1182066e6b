use latchkey_testkit::{TestApp, Value};

use super::{claim, domains, organization, verified};
use crate::support::{pages, texts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn domains_are_listed_the_newest_first_and_by_status() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    for domain in ["a.example", "b.example"] {
        claim(&app, &ada, &org, domain, "off").await;
    }
    verified(&app, &ada, &org, "c.example", "off").await;
    let gone = claim(&app, &ada, &org, "d.example", "off").await;
    ada.delete(&format!("{}/{gone}", domains(&org)), Value::Null).await.expect_status(204);
    let listed = async |query: &str| {
        texts(&ada.get(&format!("{}{query}", domains(&org))).await.expect_status(200).data(), "domain")
    };
    assert_eq!(listed("").await, ["c.example", "b.example", "a.example"]);
    assert_eq!(listed("?status=pending").await, ["b.example", "a.example"]);
    assert_eq!(listed("?status=verified").await, ["c.example"]);
    assert_eq!(listed("?status=released").await, ["d.example"]);
    let paged = pages(&ada, &domains(&org), 2).await;
    assert_eq!(paged.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    app.finish().await;
}
