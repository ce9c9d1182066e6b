//! The embedded host against the probe component: what Spin would do, seen through HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod command;
mod http;
mod key_value;
mod lifecycle;
mod manifest;
mod observing;
mod outbound;
mod outbound_client;
mod outbound_networks;
mod outbound_tls;
mod receiver;
mod sqlite;
mod support;
