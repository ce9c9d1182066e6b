//! API keys: each operation, keys as credentials, and what becomes of a leaver's keys.

mod acting;
mod create_api_key;
mod escalation;
mod get_api_key;
mod leavers;
mod list_api_keys;
mod revoke_api_key;
mod rotate_api_key;
mod update_api_key;
mod verify_api_key;

use std::time::Duration;

use latchkey_testkit::{Caller, TestApp, Value, json};

/// A key, with its text.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) text: String,
}

impl Key {
    /// A program with this key.
    pub(crate) fn program(&self, app: &TestApp) -> Caller {
        app.anyone().bearer(&self.text)
    }

    pub(crate) fn path(&self, org: &str) -> String {
        format!("{}/{}", keys(org), self.id)
    }
}

pub(crate) fn keys(org: &str) -> String {
    format!("/v1/orgs/{org}/api-keys")
}

/// Makes a key; `body` is put beside its name.
pub(crate) async fn make_key(caller: &Caller, org: &str, body: Value) -> Key {
    let made = caller.post(&keys(org), named(body)).await.expect_status(201);
    Key { id: made.text_at("/id"), text: made.text_at("/key") }
}

/// The body of a request that makes a key.
pub(crate) fn named(mut body: Value) -> Value {
    body["name"] = json!("CI");
    body
}

/// What the host product is told of a key: `valid`, or why not.
pub(crate) async fn verdict(app: &TestApp, key: &Key) -> String {
    let verified = verified(app, key).await;
    match verified["reason"].as_str() {
        Some(reason) => reason.to_owned(),
        None if verified["valid"] == true => "valid".to_owned(),
        None => panic!("neither valid nor a reason: {verified}"),
    }
}

/// All that the host product is told of a key.
pub(crate) async fn verified(app: &TestApp, key: &Key) -> Value {
    app.operator().post("/v1/api-keys/verify", json!({"key": key.text})).await.expect_status(200).json()
}

/// What a key may do now.
pub(crate) async fn permissions(app: &TestApp, key: &Key) -> Vec<String> {
    list(&verified(app, key).await["permissions"])
}

pub(crate) fn list(value: &Value) -> Vec<String> {
    value.as_array().expect("a list").iter().map(|it| it.as_str().expect("a text").to_owned()).collect()
}

/// Waits, not for long, until that many rows are counted: a use that no change records is written after the answer.
pub(crate) async fn eventually(app: &TestApp, sql: &str, wanted: i64) {
    for _ in 0..200 {
        if app.count(sql) == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(app.count(sql), wanted, "{sql}");
}
