use latchkey_testkit::{TestApp, json};

use super::{claim, domain_of, domains, organization, verify};
use crate::support::NO_DOMAIN;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_is_read_with_the_record_that_proves_it() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let id = claim(&app, &ada, &org, "acme.example", "ask").await;
    let shown = domain_of(&ada, &org, &id).await;
    assert_eq!(
        (&shown["status"], &shown["auto_join"], &shown["verified_at"]),
        (&json!("pending"), &json!("ask"), &json!(null))
    );
    let verified = verify(&ada, &org, &id).await.expect_status(200).json();
    assert_eq!(domain_of(&ada, &org, &id).await, verified);
    assert_eq!((&verified["status"], &verified["failing_since"]), (&json!("verified"), &json!(null)));
    assert!(verified["verified_at"].is_string() && verified["checked_at"].is_string());
    assert_eq!(verified["record"], shown["record"]);
    ada.get(&format!("{}/{NO_DOMAIN}", domains(&org))).await.expect_problem(404, "not_found");
    app.finish().await;
}
