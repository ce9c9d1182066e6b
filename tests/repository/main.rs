//! The rules of the repository, each a file: how crates depend on each other, that tables agree, and what holds for every
//! route there is. What is generated from the table of routes fails for a new route until that has its row here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod access;
mod budget;
mod contents;
mod domains;
mod files;
mod isolation;
mod keys;
mod layers;
mod log;
mod migrations;
mod operations;
mod scene;
mod style;
mod traps;
