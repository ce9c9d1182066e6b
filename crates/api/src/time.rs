//! Moments as the interface writes them.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

/// A moment in milliseconds since 1970-01-01T00:00:00Z, written as RFC 3339 in UTC with milliseconds:
/// `2026-11-21T20:30:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads any RFC 3339 date and time with an offset. What is finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|moment| Self(moment.timestamp_millis()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Milliseconds beyond chrono's range (some 260,000 years) cannot come from a clock; they read as its ends.
        let end = if self.0 < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        let moment = DateTime::<Utc>::from_timestamp_millis(self.0).unwrap_or(end);
        f.write_str(&moment.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "A moment in UTC, RFC 3339 with milliseconds.",
            "examples": ["2026-11-21T20:30:00.000Z"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn writes_utc_with_milliseconds() {
        assert_eq!(Timestamp(1_795_293_000_000).to_string(), "2026-11-21T20:30:00.000Z");
        assert_eq!(Timestamp(7).to_string(), "1970-01-01T00:00:00.007Z");
        assert!(Timestamp(i64::MAX).to_string().ends_with('Z'));
    }

    #[test]
    fn reads_offsets_and_refuses_what_has_none() {
        assert_eq!(Timestamp::parse("2026-11-21T21:30:00.000+01:00"), Some(Timestamp(1_795_293_000_000)));
        assert_eq!(Timestamp::parse("2026-11-21T20:30:00"), None);
        assert_eq!(Timestamp::parse("yesterday"), None);
    }
}
