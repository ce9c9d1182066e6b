//! Messages, verified by the library that receivers use.

use std::io::Write as _;
use std::process::{Command, Stdio};

use latchkey_testkit::{Value, json, npm};

use super::{scene, tell, webhooks};

/// Reads a message and a secret, and says whether the package takes it.
const PROGRAM: &str = r#"
const { Webhook } = require("standardwebhooks");
const { secret, headers, body } = JSON.parse(require("fs").readFileSync(0, "utf8"));
try {
  console.log(new Webhook(secret).verify(body, headers).type);
} catch (fault) {
  console.log(String(fault.message));
}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivers_verify_messages_with_the_standard_library_of_another_language() {
    let Some(modules) =
        npm::install(env!("CARGO_TARGET_TMPDIR"), "standardwebhooks", "1.1.1", "a foreign verification")
    else {
        return;
    };
    let (app, receiver, ada, org, webhook, _) = scene().await;
    let rotate = format!("{}/{webhook}/rotate", webhooks(&org));
    let secret = ada.post(&rotate, json!({"overlap_s": 60})).await.expect_status(200).text_at("/secret");
    ada.patch(&format!("/v1/orgs/{org}"), json!({"name": "Ärzte & Söhne <b>"})).await.expect_status(200);
    assert_eq!(tell(&app).await, (1, 0));
    let message = receiver.received().remove(0);
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: Value = names.into_iter().map(|name| (name.to_owned(), json!(message.header(name)))).collect();
    let body = String::from_utf8(message.body.clone()).expect("text");
    let ask = |secret: &str, headers: &Value, body: &str| {
        let question = json!({"secret": secret, "headers": headers, "body": body}).to_string();
        let mut node = Command::new("node")
            .args(["-e", PROGRAM])
            .env("NODE_PATH", &modules)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        node.stdin.take().expect("its input").write_all(question.as_bytes()).expect("it reads");
        let output = node.wait_with_output().expect("it ends");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    assert_eq!(ask(&secret, &headers, &body), "org.renamed");
    assert_eq!(ask(&secret, &headers, &body.replace("org.renamed", "org.deleted")), "No matching signature found");
    let mut later = headers.clone();
    later["webhook-timestamp"] = json!("1700000000");
    assert_eq!(ask(&secret, &later, &body), "Message timestamp too old");
    app.finish().await;
}
