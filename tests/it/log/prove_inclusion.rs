use expect_test::expect;
use latchkey_domain::merkle::{of_base64, verify_inclusion};
use latchkey_testkit::{TestApp, json, shown};

use super::rfc9162::{base64, mth, path};
use super::support::{events, exported, grow, leaves, sign};
use crate::support::{NO_ORG, texts, wrong_fields};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_proven_in_every_tree_as_the_rfc_defines_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    // Subtrees are completed by several checkpoints and within one.
    for events in [1, 2, 6] {
        grow(&ada, &org, events).await;
        sign(&ada, &org).await;
    }
    let exported = exported(&ada, &org).await;
    let (leaves, ids) = (leaves(&exported), texts(&events(&exported), "id"));
    assert_eq!(leaves.len(), 11);
    for size in 1..=leaves.len() {
        for version in 1..=size {
            let query = format!("/v1/orgs/{org}/log/proofs/inclusion?version={version}&size={size}");
            let proof = ada.get(&query).await.expect_status(200).json();
            let expected: Vec<String> = path(version - 1, &leaves[..size]).iter().map(|hash| base64(hash)).collect();
            assert_eq!(
                proof,
                json!({
                    "event": ids[version - 1], "version": version, "size": size,
                    "leaf_hash": base64(&leaves[version - 1]), "root_hash": base64(&mth(&leaves[..size])), "hashes": expected,
                })
            );
            let hash = |text: &serde_json::Value| of_base64(text.as_str().unwrap()).unwrap();
            let hashes: Vec<_> = proof["hashes"].as_array().unwrap().iter().map(hash).collect();
            let (leaf, root) = (hash(&proof["leaf_hash"]), hash(&proof["root_hash"]));
            assert!(verify_inclusion(&leaf, version as u64 - 1, size as u64, &hashes, &root));
        }
    }
    // By its id, in the newest tree.
    let path = format!("/v1/orgs/{org}/log/proofs/inclusion");
    let by_id = ada.get(&format!("{path}?event={}", ids[4])).await.expect_status(200);
    assert_eq!(by_id.text, ada.get(&format!("{path}?version=5&size=11")).await.text);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_erased_is_proven_as_before() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    ada.invite(&org, "bob@example.com", "viewer").await;
    let note = sign(&ada, &org).await;
    let path = format!("/v1/orgs/{org}/log/proofs/inclusion?version=3");
    let before = ada.get(&path).await.expect_status(200).text;
    app.sql("UPDATE event SET data = NULL, salt = NULL WHERE version = 3");
    assert_eq!(ada.get(&path).await.expect_status(200).text, before);
    let log = exported(&ada, &org).await;
    assert!(!log.contains("bob@example.com"));
    let key = super::support::key(&ada, &org).await;
    let report = super::support::check(&log, &[&note], &key);
    assert!(report.is_sound() && report.erased == 1 && report.covered == 3, "{report:?}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_checkpoint_covers_is_not_proven() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/log/proofs/inclusion");
    ada.get(&format!("{path}?version=1")).await.expect_problem(409, "not_yet_checkpointed");
    sign(&ada, &org).await;
    grow(&ada, &org, 1).await;
    let newest = events(&exported(&ada, &org).await)[2]["id"].as_str().unwrap().to_owned();
    expect![[r#"
        409
        content-type: application/problem+json
        {
          "code": "not_yet_checkpointed",
          "detail": "The newest checkpoint covers 2 events. Make one that covers more, or wait for it.",
          "request_id": "[request]",
          "size": 2,
          "status": 409,
          "title": "No checkpoint covers that yet",
          "type": "/problems/not_yet_checkpointed"
        }"#]]
    .assert_eq(&shown(&ada.get(&format!("{path}?event={newest}")).await));
    ada.get(&format!("{path}?version=1&size=3")).await.expect_problem(409, "not_yet_checkpointed");
    ada.get(&format!("{path}?version=1&size=9007199254740991")).await.expect_problem(409, "not_yet_checkpointed");
    assert_eq!(wrong_fields(ada.get(&format!("{path}?version=2&size=1")).await), ["size out_of_range"]);
    ada.get(&format!("{path}?version=4")).await.expect_problem(404, "not_found");
    // An event of another organization is none of this one.
    let other = ada.create_org("Beta").await;
    let foreign = events(&exported(&ada, &other).await)[0]["id"].as_str().unwrap().to_owned();
    ada.get(&format!("{path}?event={foreign}")).await.expect_problem(404, "not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_questions_are_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/log/proofs/inclusion");
    let wrong = async |query: &str| wrong_fields(ada.get(&format!("{path}?{query}")).await);
    assert_eq!(wrong("").await, ["event required"]);
    assert_eq!(wrong(&format!("event=evt_{}&version=1", "0".repeat(32))).await, ["version not_allowed"]);
    assert_eq!(
        wrong("event=x&version=0&size=9007199254740992&from=1").await,
        ["event invalid", "version out_of_range", "size out_of_range", "from unknown"]
    );
    assert_eq!(wrong("version=one&size=1.5").await, ["version wrong_type", "size wrong_type"]);
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    viewer.get(&format!("{path}?version=1")).await.expect_problem(403, "forbidden");
    ada.get(&format!("/v1/orgs/{NO_ORG}/log/proofs/inclusion?version=1")).await.expect_problem(404, "not_found");
    app.finish().await;
}
