//! One operation, one file: what each answers when it succeeds, and every way in which it refuses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod accept;
mod access;
mod api_key;
mod audit;
mod delivery;
mod dispatch;
mod domain;
mod first;
mod hook;
mod invitation;
mod link;
mod log;
mod mail;
mod me;
mod member;
mod oauth;
mod org;
mod past;
mod policy;
mod project;
mod readme;
mod seat;
mod service;
mod session;
mod signin;
mod support;
mod webhook;
