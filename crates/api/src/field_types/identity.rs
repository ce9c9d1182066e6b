//! What comes from identity providers, or goes by way of them.

use std::fmt;

#[cfg(feature = "openapi")]
use latchkey_identity::RETURN_PATH_BYTES_MAX;
use latchkey_identity::{ReturnPath, TOKEN_BYTES_MAX};
use serde_json::Value;

use super::text;
use crate::fields::{Fault, Field};
use crate::limits::ANSWER_TEXT_BYTES_MAX;

/// Where a browser goes after signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(pub ReturnPath);

/// A parameter of a provider's answer: visible ASCII. Never printed, because a code is among them.
#[derive(Clone, PartialEq, Eq)]
pub struct AnswerText(String);

/// A JSON Web Token. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Jwt(String);

impl AnswerText {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Jwt {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AnswerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerText(…)")
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jwt(…)")
    }
}

impl Field for ReturnTo {
    fn read(value: &Value) -> Result<Self, Fault> {
        let path = ReturnPath::parse(text(value)?);
        path.map(Self).ok_or_else(|| Fault::invalid("This must be a path of this service, such as /orgs."))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^/(?![/\\\\])[!-\\[\\]-~]*$", "maxLength": RETURN_PATH_BYTES_MAX, "examples": ["/orgs"],
        })
    }
}

impl Field for AnswerText {
    fn read(value: &Value) -> Result<Self, Fault> {
        let text = text(value)?;
        if text.len() > ANSWER_TEXT_BYTES_MAX {
            return Err(Fault::new("too_long", format!("This must have at most {ANSWER_TEXT_BYTES_MAX} characters.")));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            return Err(Fault::invalid("This must be as the provider sent it."));
        }
        Ok(Self(text.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "maxLength": ANSWER_TEXT_BYTES_MAX})
    }
}

impl Field for Jwt {
    fn read(value: &Value) -> Result<Self, Fault> {
        let text = text(value)?;
        if text.len() > TOKEN_BYTES_MAX {
            return Err(Fault::new("too_long", format!("This must have at most {TOKEN_BYTES_MAX} characters.")));
        }
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if text.split('.').count() != 3 || !text.bytes().all(is_part) {
            return Err(Fault::invalid("This must be a JWT: three parts in Base64url, with dots between them."));
        }
        Ok(Self(text.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]*$", "maxLength": TOKEN_BYTES_MAX,
        })
    }
}
