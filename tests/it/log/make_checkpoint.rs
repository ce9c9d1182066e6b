use expect_test::expect;
use latchkey_domain::note::{Head, Note, VerifierKey};
use latchkey_testkit::{TestApp, Value, json, shown};

use super::rfc9162::{base64, mth};
use super::support::{exported, grow, key, leaves, sign};
use crate::support::NO_ORG;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_says_what_the_log_is_and_is_signed() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let key = VerifierKey::parse(&key(&app.anyone(), &org).await).unwrap();
    for size in [2, 3, 7, 8, 20] {
        let there = leaves(&exported(&ada, &org).await).len();
        grow(&ada, &org, size - there).await;
        let made = ada.post(&format!("/v1/orgs/{org}/log/checkpoints"), Value::Null).await.expect_status(200).json();
        let root = mth(&leaves(&exported(&ada, &org).await));
        let checkpoint = &made["checkpoint"];
        assert_eq!((&checkpoint["size"], &made["remaining"]), (&json!(size), &json!(0)));
        assert_eq!(checkpoint["root_hash"], base64(&root));
        let note = Note::parse(checkpoint["note"].as_str().unwrap()).unwrap();
        note.verify(std::slice::from_ref(&key)).unwrap();
        let head = Head::parse(&note.text).unwrap();
        assert_eq!((head.origin, head.size, head.root.to_vec()), (format!("latchkey.test/{org}"), size as u64, root));
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_again_answers_the_same_and_writes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let path = format!("/v1/orgs/{org}/log/checkpoints");
    let first = ada.post(&path, Value::Null).await.expect_status(200);
    let again = ada.post(&path, Value::Null).await.expect_status(200);
    assert_eq!(first.text, again.text);
    assert_eq!(app.count("SELECT count(*) FROM checkpoint"), 1);
    // It is no event: a checkpoint changes nothing that a checkpoint would tell of.
    assert_eq!(ada.event_types(&org).await, ["org.created", "member.joined"]);
    ada.post(&path, json!({"size": 1})).await.expect_problem(422, "invalid_request");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_log_takes_several() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    for batch in 0..3 {
        let emails: Vec<String> = (0..1000).map(|n| format!("p{n}.{batch}@example.com")).collect();
        let body = json!({"role": "viewer", "emails": emails});
        ada.post(&format!("/v1/orgs/{org}/invitations/bulk"), body).await.expect_status(200);
    }
    let path = format!("/v1/orgs/{org}/log/checkpoints");
    let mut told = Vec::new();
    for _ in 0..3 {
        let made = ada.post(&path, Value::Null).await.expect_status(200).json();
        told.push((made["checkpoint"]["size"].clone(), made["remaining"].clone()));
    }
    assert_eq!(told, [(2000, 1002), (3002, 0), (3002, 0)].map(|(size, remaining)| (json!(size), json!(remaining))));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_tree_that_was_changed_nothing_is_signed() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    grow(&ada, &org, 2).await;
    sign(&ada, &org).await;
    let trigger = app.sql("SELECT sql FROM sqlite_schema WHERE name = 'log_node_is_fixed'");
    let [latchkey_store::db::Value::Text(trigger)] = trigger[0].as_slice() else { panic!("{trigger:?}") };
    app.sql("DROP TRIGGER log_node_is_fixed");
    app.sql(&format!("UPDATE log_node SET hash = '{}' WHERE level = 2", "0".repeat(64)));
    app.sql(trigger);
    grow(&ada, &org, 1).await;
    let path = format!("/v1/orgs/{org}/log/checkpoints");
    expect![[r#"
        500
        content-type: application/problem+json
        {
          "code": "log_broken",
          "detail": "The log or its checkpoints were changed by other means than this service, so nothing more is signed. Tell the operator.",
          "request_id": "[request]",
          "status": 500,
          "title": "The log is not as it was signed",
          "type": "/problems/log_broken"
        }"#]]
    .assert_eq(&shown(&ada.post(&path, Value::Null).await));
    assert_eq!(app.count("SELECT count(*) FROM checkpoint"), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkpoints_are_there_for_good() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    sign(&ada, &org).await;
    let db = latchkey_ops::sqlite::SqliteDb::open(&app.database_path()).unwrap();
    for sql in [
        "DELETE FROM checkpoint",
        "UPDATE checkpoint SET at = 0",
        "DELETE FROM log_node",
        "UPDATE log_node SET level = 9",
    ] {
        let refused = db.run(sql, Vec::new()).unwrap_err().to_string();
        assert!(refused.ends_with("_is_permanent"), "{sql}: {refused}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_needs_the_right_to_read_the_log() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada@example.com").await;
    let org = ada.create_org("Acme").await;
    let (viewer, _) = ada.bring_in(&org, "bob@example.com", "viewer").await;
    let path = format!("/v1/orgs/{org}/log/checkpoints");
    viewer.post(&path, Value::Null).await.expect_problem(403, "forbidden");
    let eve = app.sign_in("eve@example.com").await;
    eve.post(&path, Value::Null).await.expect_problem(404, "not_found");
    ada.post(&format!("/v1/orgs/{NO_ORG}/log/checkpoints"), Value::Null).await.expect_problem(404, "not_found");
    app.anyone().post(&path, Value::Null).await.expect_problem(401, "unauthenticated");
    assert_eq!(app.count("SELECT count(*) FROM checkpoint"), 0);
    app.finish().await;
}
