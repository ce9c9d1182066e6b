//! What the tests of the verifiable log share.

use latchkey_domain::note::VerifierKey;
use latchkey_ops::verify::{Kept, Report, verify};
use latchkey_testkit::{Caller, Value};
use sha2::{Digest, Sha256};

use super::rfc9162::{Hash, leaf_hash};

/// The newest checkpoint after making one.
pub(crate) async fn sign(caller: &Caller, org: &str) -> String {
    let made = caller.post(&format!("/v1/orgs/{org}/log/checkpoints"), Value::Null).await.expect_status(200);
    assert_eq!(made.json()["remaining"], 0);
    made.text_at("/checkpoint/note")
}

/// Adds that many events.
pub(crate) async fn grow(caller: &Caller, org: &str, events: usize) {
    for _ in 0..events {
        let link = serde_json::json!({"role": "viewer"});
        caller.post(&format!("/v1/orgs/{org}/invite-links"), link).await.expect_status(201);
    }
}

/// The whole log as it is exported, in pages.
pub(crate) async fn exported(caller: &Caller, org: &str) -> String {
    let (mut next, mut all) = (Some(format!("/v1/orgs/{org}/log/export?limit=7")), String::new());
    while let Some(path) = next {
        let page = caller.get(&path).await.expect_status(200);
        assert_eq!(page.header("content-type"), Some("application/x-ndjson"));
        all.push_str(&page.text);
        next = page.header("link").map(|link| link.split(['<', '>']).nth(1).unwrap().to_owned());
    }
    all
}

pub(crate) fn events(exported: &str) -> Vec<Value> {
    exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The leaf of an exported event, computed from what it says by the written rule alone.
pub(crate) fn leaf_of(event: &Value) -> Hash {
    let text = |name: &str| event[name].as_str().unwrap().to_owned();
    let data_hash = match event["data"].as_str() {
        Some(data) => hex(&Sha256::new().chain_update(unhex(&text("salt"))).chain_update(data).finalize()),
        None => text("data_hash"),
    };
    let at = event["at"].as_i64().unwrap().to_string();
    let mut entry = Vec::new();
    for part in [text("org"), text("id"), at, text("actor"), text("type"), text("target"), data_hash] {
        entry.extend((part.len() as u64).to_be_bytes());
        entry.extend(part.as_bytes());
    }
    leaf_hash(&entry)
}

pub(crate) fn leaves(exported: &str) -> Vec<Hash> {
    events(exported).iter().map(leaf_of).collect()
}

/// The verifier key of an organization's log, as the service publishes it.
pub(crate) async fn key(caller: &Caller, org: &str) -> String {
    caller.get(&format!("/v1/log/keys?organization={org}")).await.expect_status(200).text_at("/keys/0/verifier_key")
}

/// What the offline check says.
pub(crate) fn check(exported: &str, notes: &[&str], key: &str) -> Report {
    let kept: Vec<Kept> = notes
        .iter()
        .enumerate()
        .map(|(n, note)| Kept { from: format!("kept {n}"), note: (*note).to_owned() })
        .collect();
    verify(exported.as_bytes(), &kept, &[VerifierKey::parse(key).unwrap()]).unwrap()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
