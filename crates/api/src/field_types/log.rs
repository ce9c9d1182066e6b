//! The types of fields about places in a log.

use serde_json::Value;

use crate::fields::{Fault, Field};
use crate::limits::{LIMIT_NUMBER_MAX, LOG_EXPORT_LIMIT_MAX};

/// A version of a log, or how many events of it: from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogVersion(pub u64);

/// The version that was read last; 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogAfter(pub u64);

/// How many events one answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportLimit(pub u32);

impl Default for ExportLimit {
    fn default() -> Self {
        Self(LOG_EXPORT_LIMIT_MAX)
    }
}

fn whole(text: &str, min: u64, max: u64) -> Result<u64, Fault> {
    let number: i128 = text.parse().map_err(|_| Fault::wrong_type("a whole number"))?;
    let within = u64::try_from(number).ok().filter(|number| (min..=max).contains(number));
    within.ok_or_else(|| Fault::new("out_of_range", format!("This must be from {min} to {max}.")))
}

macro_rules! whole_numbers {
    ($($type:ident($number:ty): $min:literal, $max:expr;)+) => {$(
        impl Field for $type {
            fn read(value: &Value) -> Result<Self, Fault> {
                if !value.is_i64() && !value.is_u64() {
                    return Err(Fault::wrong_type("a whole number"));
                }
                Self::read_text(&value.to_string())
            }

            fn read_text(text: &str) -> Result<Self, Fault> {
                let number = whole(text, $min, $max)?;
                <$number>::try_from(number).map(Self).map_err(|_| Fault::wrong_type("a whole number"))
            }

            #[cfg(feature = "openapi")]
            fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "integer", "minimum": $min, "maximum": $max})
            }

            #[cfg(feature = "openapi")]
            fn shown(&self) -> Option<Value> {
                Some(Value::from(self.0))
            }
        }
    )+};
}

whole_numbers! {
    LogVersion(u64): 1, LIMIT_NUMBER_MAX;
    LogAfter(u64): 0, LIMIT_NUMBER_MAX;
    ExportLimit(u32): 1, u64::from(LOG_EXPORT_LIMIT_MAX);
}
