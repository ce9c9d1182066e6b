//! Many addresses in one request.

use latchkey_domain::email::EMAIL_BYTES_MAX;
use latchkey_domain::{Email, EmailFault};
use serde_json::Value;

use super::InviteMany;
use crate::fields::{Fault, Field};
use crate::limits::INVITED_AT_ONCE_MAX;
use crate::problem::Problem;

/// Addresses as a list. What is wrong with one of them is told of that one, and keeps nobody from being invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressList(Vec<String>);

/// Addresses as people type or paste them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressText(String);

/// An address of many, at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressLine {
    /// The first is 1.
    pub line: u64,
    /// As it was typed, as much of it as is shown.
    pub text: String,
    pub email: Result<Email, EmailFault>,
}

impl AddressLine {
    fn new(index: usize, text: &str) -> Self {
        let text = text.trim();
        let line = u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1);
        Self { line, text: text.chars().take(EMAIL_BYTES_MAX).collect(), email: Email::parse(text) }
    }

    /// The address as it will be shown: what was typed where it is none.
    pub fn shown(&self) -> String {
        self.email.as_ref().map_or_else(|_| self.text.clone(), |email| email.typed().to_owned())
    }
}

impl AddressList {
    fn lines(&self) -> Vec<AddressLine> {
        self.0.iter().enumerate().map(|(index, text)| AddressLine::new(index, text)).collect()
    }
}

impl AddressText {
    /// Blank lines count as lines, and are no addresses.
    fn lines(&self) -> Vec<AddressLine> {
        let parts =
            self.0.lines().enumerate().flat_map(|(index, line)| line.split([',', ';']).map(move |part| (index, part)));
        let parts = parts.filter(|(_, part)| !part.trim().is_empty());
        parts.map(|(index, part)| AddressLine::new(index, part)).collect()
    }
}

impl InviteMany {
    /// The addresses, whichever way they came.
    ///
    /// # Errors
    /// 422 for both ways at once or neither, and for more addresses than one request may have.
    pub fn lines(&self) -> Result<Vec<AddressLine>, Problem> {
        let (field, lines) = match (&self.emails, &self.text) {
            (Some(list), None) => ("emails", list.lines()),
            (None, Some(text)) => ("text", text.lines()),
            (None, None) => return Err(Problem::field("emails", "required", "Give the addresses, here or as text.")),
            (Some(_), Some(_)) => {
                return Err(Problem::field("text", "not_allowed", "Give either emails or text, not both."));
            }
        };
        match lines.len() {
            0 => Err(Problem::field(field, "too_short", "There is no address in this.")),
            n if n > INVITED_AT_ONCE_MAX => {
                let message = format!("This has {n} addresses; one request invites at most {INVITED_AT_ONCE_MAX}.");
                Err(Problem::field(field, "too_long", message))
            }
            _ => Ok(lines),
        }
    }
}

impl Field for AddressList {
    fn read(value: &Value) -> Result<Self, Fault> {
        let entries = value.as_array().ok_or_else(|| Fault::wrong_type("a list of addresses"))?;
        let text = |entry: &Value| entry.as_str().map(str::to_owned);
        let entries: Option<Vec<String>> = entries.iter().map(text).collect();
        entries.map(Self).ok_or_else(|| Fault::wrong_type("a list of addresses, each a text"))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": INVITED_AT_ONCE_MAX,
            "examples": [["ada@example.com", "bob@example.com"]],
        })
    }
}

impl Field for AddressText {
    fn read(value: &Value) -> Result<Self, Fault> {
        value.as_str().map(|text| Self(text.to_owned())).ok_or_else(|| Fault::wrong_type("text"))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "examples": ["ada@example.com\nbob@example.com"]})
    }
}
