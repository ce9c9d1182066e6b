//! The front door, and what holds for every operation alike.

mod bad_input;
mod cookies;
mod dry_run;
mod get_openapi;
mod get_service;
mod headers;
mod idempotency;
mod if_match;
mod routes;
mod secrets;
