//! Runs an application of WebAssembly components from its `spin.toml`, without Spin: for tests, which start it in their
//! own process, and for machines that have nothing but cargo.
//!
//! It reads the same manifest and runs the same files as `spin up`, and behaves as Spin does where it can be seen. It
//! implements what this project's components import, and refuses a manifest that asks for more: `spin:sqlite@3.1.0`,
//! `spin:key-value@3.0.0`, `spin:variables@3.0.0`, WASI 0.2 as the standard library uses it, WASI 0.3.0, and
//! `wasi:http@0.3.0` in both directions.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config = latchkey_host::Config::new("spin.toml").state_dir("/tmp/state").variable("dev_mode", "on").quiet();
//! let app = latchkey_host::start(config).await?;
//! println!("http://{}", app.addr());
//! app.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod bindings;
mod body;
mod clock;
mod config;
mod database;
mod engine;
mod error;
mod faults;
mod guest;
mod key_value;
mod manifest;
mod observe;
mod outbound;
mod prepare;
mod receive;
mod routes;
mod running;
mod serve;
mod sqlite;
mod stdio;
mod template;
mod variables;
mod writes;

pub use config::{Config, Limits};
pub use error::Error;
pub use faults::{Fault, Faults, When};
pub use observe::{Observer, Phase, RequestRecord, Statement, StatementOutcome, TEST_ID_HEADER};
pub use running::{Running, start};
