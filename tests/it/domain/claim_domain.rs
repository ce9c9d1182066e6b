use latchkey_testkit::{TestApp, Value, json};

use super::{domains, organization};
use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_names_the_record_that_proves_it() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let made = ada.post(&domains(&org), json!({"domain": " @BÜCHER.Example"})).await.expect_status(201);
    let shown = made.json();
    assert_eq!((&shown["domain"], &shown["ascii"]), (&json!("bücher.example"), &json!("xn--bcher-kva.example")));
    assert_eq!((&shown["status"], &shown["auto_join"]), (&json!("pending"), &json!("off")));
    let record = &shown["record"];
    assert_eq!(
        (&record["type"], &record["name"]),
        (&json!("TXT"), &json!("_latchkey-challenge.xn--bcher-kva.example"))
    );
    assert!(record["value"].as_str().unwrap().starts_with("latchkey-verification="));
    assert_eq!(made.header("location"), Some(format!("{}/{}", domains(&org), shown["id"].as_str().unwrap()).as_str()));
    let log = ada.audit(&org).await;
    assert_eq!(log[2]["type"], "domain.claimed");
    assert_eq!(log[2]["data"], json!({"domain": "xn--bcher-kva.example", "auto_join": "off"}));
    assert_eq!(log[2]["target"], json!({"type": "domain", "id": shown["id"]}));
    let again = ada.post(&domains(&org), json!({"domain": "xn--BCHER-kva.example"})).await;
    assert_eq!(again.expect_problem(409, "domain_claimed").json()["domain"], shown["id"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_organization_gets_another_record_and_is_in_nobodys_way() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let beta = ada.create_org("Beta").await;
    let value = async |org: &str, domain: &str| {
        ada.post(&domains(org), json!({"domain": domain})).await.expect_status(201).text_at("/record/value")
    };
    let values =
        [value(&org, "acme.example").await, value(&beta, "acme.example").await, value(&org, "b.example").await];
    assert!(values[0] != values[1] && values[0] != values[2] && values[1] != values[2], "{values:?}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_can_have_for_themselves_is_refused() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let before = ada.event_types(&org).await;
    for domain in ["gmail.com", "GMX.de", "co.uk", "github.io", "公司.cn"] {
        let refused = ada.post(&domains(&org), json!({"domain": domain})).await;
        assert_eq!(wrong_fields(refused), ["domain not_allowed"], "{domain}");
    }
    for domain in
        ["example", "127.0.0.1", "[::1]", "a b.example", "*.acme.example", &format!("{}.example", "a.".repeat(130))]
    {
        let refused = ada.post(&domains(&org), json!({"domain": domain})).await;
        assert_eq!(wrong_fields(refused), ["domain invalid"], "{domain}");
    }
    let wrong = ada.post(&domains(&org), json!({"domain": 1, "auto_join": "always"})).await;
    assert_eq!(wrong_fields(wrong), ["domain wrong_type", "auto_join not_allowed"]);
    assert_eq!(ada.event_types(&org).await, before);
    assert!(app.resolver().asked().is_empty(), "nothing is looked up for a claim");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_claims_fifty_domains_and_no_more() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let mut last = String::new();
    for n in 0..50 {
        let made = ada.post(&domains(&org), json!({"domain": format!("acme{n}.example")})).await;
        last = made.expect_status(201).text_at("/id");
    }
    let one_more = json!({"domain": "acme.example"});
    let refused = ada.post(&domains(&org), one_more.clone()).await.expect_problem(409, "limit_reached");
    assert_eq!(refused.json()["max"], 50);
    ada.delete(&format!("{}/{last}", domains(&org)), Value::Null).await.expect_status(204);
    ada.post(&domains(&org), one_more).await.expect_status(201);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_who_manage_domains_claim_one() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let (issuer, _) = ada.bring_in(&org, "ines@example.com", "issuer").await;
    let body = json!({"domain": "acme.example"});
    let refused = issuer.post(&domains(&org), body.clone()).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "domain.manage");
    let (admin, _) = ada.bring_in(&org, "amir@example.com", "admin").await;
    admin.post(&domains(&org), body).await.expect_status(201);
    app.finish().await;
}
