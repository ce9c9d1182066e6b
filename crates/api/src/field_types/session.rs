//! The types of fields about sessions.

use serde_json::Value;

use crate::fields::{Fault, Field};
use crate::limits::{REAUTH_AFTER_S_MAX, REAUTH_AFTER_S_MIN};

/// How long ago somebody may have signed in, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInAge(pub u32);

impl Field for SignInAge {
    fn read(value: &Value) -> Result<Self, Fault> {
        let is_whole = value.is_i64() || value.is_u64();
        let number = if is_whole { value.as_u64() } else { return Err(Fault::wrong_type("a whole number")) };
        let seconds = number.and_then(|number| u32::try_from(number).ok());
        seconds.filter(|seconds| (REAUTH_AFTER_S_MIN..=REAUTH_AFTER_S_MAX).contains(seconds)).map(Self).ok_or_else(
            || {
                let message = format!("This must be from {REAUTH_AFTER_S_MIN} to {REAUTH_AFTER_S_MAX}, or null.");
                Fault::new("out_of_range", message)
            },
        )
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "integer", "minimum": REAUTH_AFTER_S_MIN, "maximum": REAUTH_AFTER_S_MAX})
    }
}
