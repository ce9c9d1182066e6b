//! What operators do to a database file, without the service running on it.

pub mod sqlite;
