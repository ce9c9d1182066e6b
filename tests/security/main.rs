//! What an attacker would try, each test named by the attack that it prevents. What concerns one way out alone stands with it: `tests/it/webhook/reaching.rs`
//! (private targets, redirects, certificates), `tests/it/mail/carrying.rs` and `tests/it/domain/verify_domain.rs` (a provider or a resolver that lies).
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
mod identity_hook;
mod input;
mod oidc;
mod paths;
mod repetition;
mod secrets;
mod sign_in;
mod wire;
