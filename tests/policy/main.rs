//! Five products, one engine: an organization with a preset behaves as that product's page says.
//!
//! `matrix` holds a table per preset, role by action; `stories` walks each product's page from top to bottom. Both are
//! written from the pages, not from the policy files: where they differ from the files, the files are wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod matrix;
mod stories;
mod support;
