//! What tests of the running app share: [`TestApp`], its callers, a second host process on the same database, and the one
//! list of what snapshots leave out.
//!
//! ```ignore
//! let app = TestApp::start().await;
//! let ada = app.sign_in("ada@example.com").await;
//! let org = ada.create_org("Acme").await;
//! ada.get(&format!("/v1/orgs/{org}")).await.expect_status(200);
//! app.finish().await;
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod answer;
mod app;
mod browser;
mod caller;
mod issuer;
pub mod npm;
mod process;
mod receiver;
mod redact;
mod resolver;
pub mod signed;
pub mod standard_webhooks;

pub use answer::Answer;
pub use app::{DISPATCH_TOKEN, OPERATOR_TOKEN, PUBLIC_URL, SECRET_KEYS, TestApp, check_database, manifest_path};
pub use browser::Browser;
pub use caller::{Begun, Caller, RequestBuilder};
pub use issuer::{CLIENT_ID, Issuer, JWT_AUDIENCE, Signed};
pub use latchkey_host::{Config, Fault, Limits, When};
pub use process::HostProcess;
pub use receiver::{Reaction, Received, Receiver};
pub use redact::{redacted, shown};
pub use resolver::{Resolver, dns_answer};
pub use serde_json::{Value, json};
