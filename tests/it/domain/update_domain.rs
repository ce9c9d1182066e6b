use latchkey_testkit::{TestApp, Value, json};

use super::{claim, domain_of, domains, organization};
use crate::support::wrong_fields;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_address_is_good_for_is_changed_and_logged() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    let id = claim(&app, &ada, &org, "acme.example", "off").await;
    let path = format!("{}/{id}", domains(&org));
    for way in ["ask", "automatic", "automatic", "off"] {
        let changed = ada.patch(&path, json!({"auto_join": way})).await.expect_status(200);
        assert_eq!(changed.text_at("/auto_join"), way);
        assert_eq!(domain_of(&ada, &org, &id).await["auto_join"], way);
    }
    let log = ada.audit(&org).await;
    let changes: Vec<&Value> = log.iter().filter(|it| it["type"] == "domain.changed").map(|it| &it["data"]).collect();
    assert_eq!(changes.len(), 3);
    assert_eq!(*changes[1], json!({"auto_join": "automatic", "was": "ask"}));
    assert_eq!(wrong_fields(ada.patch(&path, json!({})).await), ["auto_join required"]);
    ada.delete(&path, Value::Null).await.expect_status(204);
    ada.patch(&path, json!({"auto_join": "ask"})).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_opens_a_door_to_a_role_that_they_could_not_invite_to() {
    let app = TestApp::start().await;
    let (ada, org) = organization(&app, "credentials").await;
    // Rules by which somebody looks after domains, and invites nobody.
    let path = format!("/v1/orgs/{org}/policy");
    let mut rules = ada.get(&path).await.expect_status(200).json();
    rules["name"] = json!("ours");
    rules["roles"][2]["permissions"].as_array_mut().unwrap().push(json!("domain.manage"));
    ada.put(&path, rules).await.expect_status(200);
    let (issuer, _) = ada.bring_in(&org, "ines@example.com", "issuer").await;
    let body = json!({"domain": "acme.example", "auto_join": "automatic"});
    let refused = issuer.post(&domains(&org), body).await.expect_problem(403, "forbidden");
    assert_eq!(refused.text_at("/permission"), "member.invite");
    let id = claim(&app, &issuer, &org, "acme.example", "ask").await;
    let path = format!("{}/{id}", domains(&org));
    issuer.patch(&path, json!({"auto_join": "automatic"})).await.expect_problem(403, "forbidden");
    ada.patch(&path, json!({"auto_join": "automatic"})).await.expect_status(200);
    issuer.patch(&path, json!({"auto_join": "off"})).await.expect_status(200);
    app.finish().await;
}
