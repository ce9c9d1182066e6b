//! Standard Webhooks as the package of another language has them.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::{Received, npm};

/// Reads a question, and verifies or signs.
const PROGRAM: &str = r#"
const { Webhook } = require("standardwebhooks");
const { secret, headers, body, id, at_s } = JSON.parse(require("fs").readFileSync(0, "utf8"));
try {
  const webhook = new Webhook(secret);
  console.log(headers ? webhook.verify(body, headers).type : webhook.sign(id, new Date(at_s * 1000), body));
} catch (fault) {
  console.log(String(fault.message));
}
"#;

/// The npm package.
#[derive(Debug)]
pub struct StandardWebhooks {
    modules: PathBuf,
}

impl StandardWebhooks {
    /// Installs it below `target` on first use; `None` where there is no npm. `tmp` is as for [`npm::install`].
    pub fn install(tmp: &str) -> Option<Self> {
        let modules = npm::install(tmp, "standardwebhooks", "1.1.1", "Standard Webhooks against another library")?;
        Some(Self { modules })
    }

    /// The type of a message that it takes, or why it takes it not.
    pub fn verify(&self, secret: &str, headers: &Value, body: &str) -> String {
        self.ask(&json!({"secret": secret, "headers": headers, "body": body}))
    }

    /// The same for a message as it arrived.
    pub fn verify_received(&self, secret: &str, message: &Received) -> String {
        self.verify(secret, &headers(message), std::str::from_utf8(&message.body).expect("text"))
    }

    /// What it signs a message with: the header `webhook-signature`.
    pub fn sign(&self, secret: &str, id: &str, at_s: i64, body: &str) -> String {
        self.ask(&json!({"secret": secret, "id": id, "at_s": at_s, "body": body}))
    }

    fn ask(&self, question: &Value) -> String {
        let mut node = Command::new("node")
            .args(["-e", PROGRAM])
            .env("NODE_PATH", &self.modules)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        node.stdin.take().expect("its input").write_all(question.to_string().as_bytes()).expect("it reads");
        let output = node.wait_with_output().expect("it ends");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

/// What a message says of itself.
pub fn headers(message: &Received) -> Value {
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    names.into_iter().map(|name| (name.to_owned(), json!(message.header(name)))).collect()
}
