//! Runs an application of WebAssembly components from its `spin.toml`, without Spin: for tests, which start it in their
//! own process, and for machines that have nothing but cargo.
//!
//! It reads the same manifest and runs the same files as `spin up`, and behaves as Spin does where it can be seen. It
//! implements what this project's components import, and refuses a manifest that asks for more: `spin:sqlite@3.1.0`,
//! `spin:key-value@3.0.0`, `spin:variables@3.0.0`, WASI 0.2 as the standard library uses it, WASI 0.3.0, and
//! `wasi:http@0.3.0` in both directions.
//!
//! It also reads the file that Spin takes with `--runtime-config-file` ([`Config::runtime_config`]), and refuses there what
//! it does not implement:
//!
//! ```toml
//! [outbound_networking]
//! # No connection is made to an address in one of these, whatever its name: it is judged after it has been resolved.
//! # `private` is every address that is not globally reachable. Without this, nothing is blocked.
//! block_networks = ["private", "192.0.2.0/24"]
//!
//! [[client_tls]]                  # of several entries for a component and a host, the first holds
//! component_ids = ["dispatch"]
//! hosts = ["example.com"]
//! ca_roots_file = "roots.pem"     # in the folder of this file; only these are trusted, unless the next line is there too
//! ca_use_webpki_roots = true      # the roots that browsers trust, which also hold without an entry
//! ```
//!
//! One difference remains: the host has no roots of the platform. `ca_use_platform_roots = true`, and Spin's default,
//! which are these roots, mean to it the ones that browsers trust (`webpki`).
//!
//! A component reaches another one of the application at `http://NAME.spin.internal`, if `allowed_outbound_hosts` names it: the request
//! does not leave the process. As in Spin it comes from the address `0.0.0.0:0`.
//!
//! Other outgoing requests speak HTTP/1.1 and follow no redirect. Up to 16 idle connections of a component to one place are kept,
//! for three seconds.
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
mod carry;
mod chain;
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
mod runtime_config;
mod section;
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
