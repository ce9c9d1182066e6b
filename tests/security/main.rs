//! What an attacker would try, each test named by the attack that it prevents.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod bearer_jwt;
mod browsers;
mod domains;
mod hooks;
mod input;
mod oidc;
mod paths;
mod repetition;
mod secrets;
mod sign_in;
mod wire;
