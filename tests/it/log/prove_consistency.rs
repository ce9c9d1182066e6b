use latchkey_domain::merkle::{of_base64, verify_consistency};
use latchkey_testkit::{TestApp, json};

use super::rfc9162::{base64, mth, proof};
use super::support::{exported, grow, leaves, sign};
use crate::support::{NO_ORG, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tree_goes_on_from_every_earlier_one_as_the_rfc_defines_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    for events in [3, 1, 5] {
        grow(&ada, &org, events).await;
        sign(&ada, &org).await;
    }
    let leaves = leaves(&exported(&ada, &org).await);
    assert_eq!(leaves.len(), 11);
    let path = format!("/v1/orgs/{org}/log/proofs/consistency");
    for to in 1..=leaves.len() {
        for from in 1..=to {
            let answer = ada.get(&format!("{path}?from={from}&to={to}")).await.expect_status(200).json();
            let expected: Vec<String> = proof(from, &leaves[..to]).iter().map(|hash| base64(hash)).collect();
            assert_eq!(
                answer,
                json!({
                    "from": from, "to": to, "from_root_hash": base64(&mth(&leaves[..from])),
                    "to_root_hash": base64(&mth(&leaves[..to])), "hashes": expected,
                })
            );
            let hash = |text: &serde_json::Value| of_base64(text.as_str().unwrap()).unwrap();
            let hashes: Vec<_> = answer["hashes"].as_array().unwrap().iter().map(hash).collect();
            let [old, new] = ["from_root_hash", "to_root_hash"].map(|name| hash(&answer[name]));
            assert!(verify_consistency(from as u64, to as u64, &old, &new, &hashes));
        }
    }
    let to_newest = ada.get(&format!("{path}?from=4")).await.expect_status(200).text;
    assert_eq!(to_newest, ada.get(&format!("{path}?from=4&to=11")).await.text);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_questions_are_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/log/proofs/consistency");
    ada.get(&format!("{path}?from=1")).await.expect_problem(409, "not_yet_checkpointed");
    sign(&ada, &org).await;
    grow(&ada, &org, 1).await;
    for query in ["from=3", "from=1&to=3", "from=3&to=2"] {
        let refused = ada.get(&format!("{path}?{query}")).await.expect_problem(409, "not_yet_checkpointed");
        assert_eq!(refused.json()["size"], 2);
    }
    assert_eq!(wrong_fields(ada.get(&format!("{path}?from=2&to=1")).await), ["to out_of_range"]);
    assert_eq!(wrong_fields(ada.get(&path).await), ["from required"]);
    assert_eq!(wrong_fields(ada.get(&format!("{path}?from=0&to=x")).await), ["from out_of_range", "to wrong_type"]);
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    viewer.get(&format!("{path}?from=1")).await.expect_problem(403, "forbidden");
    ada.get(&format!("/v1/orgs/{NO_ORG}/log/proofs/consistency?from=1")).await.expect_problem(404, "not_found");
    app.finish().await;
}
