//! What the service does when something under it fails: its database, its key-value store, its process, its room.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod billing;
mod crash;
mod delivering;
mod hints;
mod identities;
mod mail;
mod operations;
mod overload;
mod segments;
mod store;
mod webhook;
