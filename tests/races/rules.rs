//! Rules that change while people get roles.

use latchkey_testkit::{Caller, Value, json};

use crate::ROUNDS;
use crate::stage::{Stage, kind};

/// An organization whose owners may give the role `auditor`, and its rules without that role.
async fn organization(ada: &Caller) -> (String, Value) {
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/policy");
    let mut rules = ada.get(&path).await.expect_status(200).json();
    rules["name"] = json!("plain");
    let plain = rules.clone();
    rules["name"] = json!("audited");
    rules["roles"][0]["invites"].as_array_mut().unwrap().push(json!("auditor"));
    let auditor = json!({"name": "auditor", "title": "Auditor", "description": "", "permissions": ["org.read"]});
    rules["roles"].as_array_mut().unwrap().push(auditor);
    ada.request("PUT", &path).json(&rules).send().await.expect_status(200);
    (org, plain)
}

/// A role is dropped while it is given: whoever comes first, nobody is left with a role that there is not.
pub(crate) async fn nobody_is_stranded_on_a_role_that_is_dropped(stage: &Stage) {
    let ada = stage.sign_in("ada@example.com").await;
    for _ in 0..ROUNDS {
        let (org, plain) = organization(&ada).await;
        let answers = stage
            .race(&ada, 8, |ada, n| {
                let (org, plain) = (org.clone(), plain.clone());
                async move {
                    if n == 4 {
                        return ada.request("PUT", &format!("/v1/orgs/{org}/policy")).json(&plain).send().await;
                    }
                    let invite = json!({"email": format!("auditor{n}@example.com"), "role": "auditor"});
                    ada.post(&format!("/v1/orgs/{org}/invitations"), invite).await
                }
            })
            .await;
        let invited = answers.iter().filter(|answer| answer.status == 201).count();
        match kind(&answers[4]).as_str() {
            "200" => assert_eq!(invited, 0, "invited to a role that there is not"),
            "409 role_in_use" => assert!(invited > 0, "refused for nobody's sake"),
            other => panic!("{other}: {}", answers[4].text),
        }
        let rules = ada.get(&format!("/v1/orgs/{org}/policy")).await.expect_status(200).json();
        let roles = rules["roles"].as_array().unwrap().len();
        assert_eq!(roles, if invited > 0 { 5 } else { 4 });
    }
}
