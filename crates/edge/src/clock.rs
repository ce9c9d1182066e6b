//! The clock.

use std::time::{SystemTime, UNIX_EPOCH};

use latchkey_api::Timestamp;

/// This machine's time.
pub fn now() -> Timestamp {
    // A clock before 1970 is broken beyond repair from here; zero shows it.
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}
