use expect_test::expect;
use latchkey_domain::note::{Note, VerifierKey};
use latchkey_testkit::{SECRET_KEYS, TestApp, json};

use super::support::{check, exported, grow, sign};
use crate::support::{NO_ORG, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anyone_may_know_what_checkpoints_are_checked_with() {
    let app = TestApp::start().await;
    let keys = app.anyone().get("/v1/log/keys").await.expect_status(200);
    expect![[r#"{"origin":null,"keys":[{"algorithm":"Ed25519","public_key":"8/MScelXxnONRQERuaewuxyyaY9dOKyMBoouxVGxsa4=","verifier_key":null,"signs":true}]}"#]]
        .assert_eq(&keys.text);
    // Whether there is such an organization is not said.
    let named = app.anyone().get(&format!("/v1/log/keys?organization={NO_ORG}")).await.expect_status(200).json();
    assert_eq!(named["origin"], format!("latchkey.test/{NO_ORG}"));
    let key = VerifierKey::parse(named["keys"][0]["verifier_key"].as_str().unwrap()).unwrap();
    assert_eq!(key.name, format!("latchkey.test/{NO_ORG}"));
    let wrong = app.anyone().get("/v1/log/keys?organization=acme&org=x").await;
    assert_eq!(wrong_fields(wrong), ["organization invalid", "org unknown"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_new_key_takes_over_the_old_one_still_verifies() {
    let both = format!("new:{},{SECRET_KEYS}", "ab".repeat(32));
    let app = TestApp::start_with(|config| config.variable("secret_keys", both.clone())).await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/log/keys?organization={org}");
    let listed = app.anyone().get(&path).await.expect_status(200).json();
    let keys = listed["keys"].as_array().unwrap();
    assert_eq!(keys.iter().map(|key| key["signs"].clone()).collect::<Vec<_>>(), [json!(true), json!(false)]);
    let [new, old] = [0, 1].map(|n| VerifierKey::parse(keys[n]["verifier_key"].as_str().unwrap()).unwrap());
    // Another process has not heard of the new key yet, and signs with the old one.
    let behind = app.second_process().await;
    let first = sign(&ada.clone().at(behind.addr()), &org).await;
    assert_eq!(Note::parse(&first).unwrap().verify(std::slice::from_ref(&old)), Ok(&old));
    grow(&ada, &org, 1).await;
    let second = sign(&ada, &org).await;
    assert_eq!(Note::parse(&second).unwrap().verify(std::slice::from_ref(&new)), Ok(&new));
    let report = check(&exported(&ada, &org).await, &[&second], &new.to_string());
    assert!(report.is_sound() && report.covered == 3, "{report:?}");
    drop(behind);
    app.finish().await;
}
