//! The log in SQL: the one statement that appends, the contexts that decisions rest on, the queries, the migrations.
//!
//! Every function takes a [`db::Db`] and runs one statement. Facts come back as JSON built by SQLite, one row of one
//! column, so that a whole decision context is one round trip and one parse. Every statement is listed in [`statements`],
//! whose query plans are a golden file.

#[macro_use]
mod sql;
#[macro_use]
mod context_sql;
#[macro_use]
mod past;

pub mod acceptance;
pub mod access;
pub mod account;
pub mod activity;
pub mod append;
pub mod audit;
pub mod billing;
pub mod checkpoint;
pub mod context;
pub mod db;
pub mod dispatch;
pub mod domain;
pub mod history;
pub mod hook;
pub mod identity;
pub mod identity_news;
pub mod invitation;
pub mod joining;
pub mod key;
pub mod link;
pub mod member;
pub mod migrations;
pub mod oauth;
pub mod org;
pub mod outbox;
pub mod page;
pub mod policy;
pub mod project;
pub mod role;
pub mod seat;
pub mod session;
pub mod statements;
pub mod webhook;

pub use db::{Db, DbError, Row, Value};
use serde::de::DeserializeOwned;

/// Reads the JSON in the first column of the first row.
fn read_json<T: DeserializeOwned>(rows: &[Row]) -> Result<T, DbError> {
    let Some(Value::Text(text)) = rows.first().and_then(|row| row.first()) else {
        return Err(DbError::Broken("a statement that always answers gave no row".to_owned()));
    };
    of_text(text)
}

fn of_text<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|e| DbError::Broken(format!("a row is not of its shape: {e}")))
}
