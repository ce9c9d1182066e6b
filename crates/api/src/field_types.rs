//! The types that fields of requests have.

use std::fmt;

use latchkey_domain::{
    ApiKeyId, DisplayName, Domain, Email, EventId, InvitationId, LinkId, MemberId, OrgId, OrgName, ProjectId,
    ProjectMemberId, ProjectName, RoleName, UserId,
};
use serde_json::Value;

use crate::fields::{Fault, Field};
use crate::limits::TOKEN_BYTES_MAX;
use crate::limits::{CURSOR_BYTES_MAX, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, SEARCH_CHARS_MAX, SIGN_IN_CODE_DIGITS};
use crate::time::Timestamp;

mod access;
mod activity;
mod hook;
mod identity;
mod keys;
mod log;
mod seats;
mod session;
mod webhooks;

pub use access::*;
pub use activity::*;
pub use hook::*;
pub use identity::*;
pub use keys::*;
pub use log::*;
pub use seats::*;
pub use session::*;
pub use webhooks::*;

/// How many entries of a list one answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(pub u32);

impl Default for PageLimit {
    fn default() -> Self {
        Self(PAGE_LIMIT_DEFAULT)
    }
}

/// A field that can be left alone (absent), cleared (`null`) or set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    Keep,
    Clear,
    Set(T),
}

/// A secret that a client hands back: an invitation token, a sign-in challenge. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The digits of a sign-in code; blanks that people put between them are dropped. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInCode(String);

impl SignInCode {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SignInCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInCode(…)")
    }
}

/// The present name of an organization or a project, typed to confirm: compared to the letter, so not trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmedName(pub String);

/// The name of a policy preset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyName(pub String);

/// Free text to search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchText(pub String);

/// The type of an event or of activity, such as `invitation.accepted`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventType(pub String);

/// An identifier of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyId(pub String);

/// Who did something, as events have it: the id of a user, `system`, `operator`, or `invitation:` and the id of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorId(pub String);

/// A `next_cursor` as it comes back, not yet looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorText(pub String);

fn text(value: &Value) -> Result<&str, Fault> {
    value.as_str().ok_or_else(|| Fault::wrong_type("text"))
}

fn bounded(value: &Value, chars_max: usize) -> Result<&str, Fault> {
    let text = text(value)?.trim();
    match text.chars().count() {
        0 => Err(Fault::new("too_short", "This must not be empty.")),
        n if n > chars_max => Err(Fault::new("too_long", format!("This must have at most {chars_max} characters."))),
        _ => Ok(text),
    }
}

#[cfg(feature = "openapi")]
type Schema = schemars::Schema;
#[cfg(feature = "openapi")]
type Generator = schemars::SchemaGenerator;

// Faults of the domain read on from a name: "must not be empty".
fn of_domain(fault: impl fmt::Display) -> Fault {
    Fault::invalid(format!("This {fault}."))
}

macro_rules! domain_text {
    ($($type:ident: $schema:tt;)+) => {$(
        impl Field for $type {
            fn read(value: &Value) -> Result<Self, Fault> {
                $type::parse(text(value)?).map_err(of_domain)
            }

            #[cfg(feature = "openapi")]
            fn schema(_: &mut Generator) -> Schema {
                schemars::json_schema!($schema)
            }
        }
    )+};
}

domain_text! {
    Email: {"type": "string", "format": "idn-email", "maxLength": 254, "examples": ["ada@example.com"]};
    Domain: {"type": "string", "format": "idn-hostname", "examples": ["example.com"]};
    OrgName: {"type": "string", "minLength": 1, "maxLength": 100, "examples": ["Analytical Engines"]};
    ProjectName: {"type": "string", "minLength": 1, "maxLength": 100, "examples": ["Difference Engine"]};
    DisplayName: {"type": "string", "minLength": 1, "maxLength": 100, "examples": ["Ada Lovelace"]};
    RoleName: {"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "maxLength": 40, "examples": ["admin"]};
}

macro_rules! id {
    ($($type:ident: $what:literal;)+) => {$(
        impl Field for $type {
            fn read(value: &Value) -> Result<Self, Fault> {
                $type::parse(text(value)?).ok_or_else(|| Fault::invalid(concat!("This must be the id of ", $what, ".")))
            }

            #[cfg(feature = "openapi")]
            fn schema(_: &mut Generator) -> Schema {
                crate::openapi::id_schema($type::PREFIX)
            }
        }
    )+};
}

id! {
    OrgId: "an organization";
    MemberId: "a member";
    UserId: "a user";
    EventId: "an event";
    InvitationId: "an invitation";
    LinkId: "an invite link";
    ProjectId: "a project";
    ProjectMemberId: "a member of a project";
    ApiKeyId: "an API key";
}

impl Field for bool {
    fn read(value: &Value) -> Result<Self, Fault> {
        value.as_bool().ok_or_else(|| Fault::wrong_type("true or false"))
    }

    fn read_text(text: &str) -> Result<Self, Fault> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Fault::wrong_type("true or false")),
        }
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "boolean"})
    }

    #[cfg(feature = "openapi")]
    fn shown(&self) -> Option<Value> {
        Some(Value::Bool(*self))
    }
}

impl Field for PageLimit {
    fn read(value: &Value) -> Result<Self, Fault> {
        let number = value.as_i64().ok_or_else(|| Fault::wrong_type("a whole number"))?;
        u32::try_from(number)
            .ok()
            .filter(|n| (1..=PAGE_LIMIT_MAX).contains(n))
            .map(Self)
            .ok_or_else(|| Fault::new("out_of_range", format!("This must be from 1 to {PAGE_LIMIT_MAX}.")))
    }

    fn read_text(text: &str) -> Result<Self, Fault> {
        let number: i64 = text.parse().map_err(|_| Fault::wrong_type("a whole number"))?;
        Self::read(&Value::from(number))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "integer", "minimum": 1, "maximum": PAGE_LIMIT_MAX})
    }

    #[cfg(feature = "openapi")]
    fn shown(&self) -> Option<Value> {
        Some(Value::from(self.0))
    }
}

impl Field for Timestamp {
    fn read(value: &Value) -> Result<Self, Fault> {
        Self::parse(text(value)?)
            .ok_or_else(|| Fault::invalid("This must be a date and time such as 2026-11-21T20:30:00Z."))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

impl Field for Token {
    fn read(value: &Value) -> Result<Self, Fault> {
        let text = text(value)?.trim();
        if text.is_empty() {
            return Err(Fault::new("too_short", "This must not be empty."));
        }
        if text.len() > TOKEN_BYTES_MAX {
            return Err(Fault::new("too_long", format!("This must have at most {TOKEN_BYTES_MAX} characters.")));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Fault::invalid("This must be the token as it was sent, without blanks."));
        }
        Ok(Self(text.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "minLength": 1, "maxLength": TOKEN_BYTES_MAX})
    }
}

impl Field for SignInCode {
    fn read(value: &Value) -> Result<Self, Fault> {
        let digits: String = text(value)?.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if digits.len() == SIGN_IN_CODE_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(Fault::invalid(format!("This must be the {SIGN_IN_CODE_DIGITS} digits from the e-mail.")))
        }
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[0-9]{6}$", "examples": ["014735"]})
    }
}

impl Field for ConfirmedName {
    fn read(value: &Value) -> Result<Self, Fault> {
        text(value).map(|text| Self(text.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string"})
    }
}

impl Field for PolicyName {
    fn read(value: &Value) -> Result<Self, Fault> {
        // A policy is named like a role.
        RoleName::parse(text(value)?).map(|name| Self(name.as_str().to_owned())).map_err(of_domain)
    }

    #[cfg(feature = "openapi")]
    fn schema(generator: &mut Generator) -> Schema {
        RoleName::schema(generator)
    }

    #[cfg(feature = "openapi")]
    fn shown(&self) -> Option<Value> {
        Some(Value::from(self.0.as_str()))
    }
}

impl Field for SearchText {
    fn read(value: &Value) -> Result<Self, Fault> {
        bounded(value, SEARCH_CHARS_MAX).map(|text| Self(text.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "minLength": 1, "maxLength": SEARCH_CHARS_MAX})
    }
}

impl Field for EventType {
    fn read(value: &Value) -> Result<Self, Fault> {
        let text = bounded(value, SEARCH_CHARS_MAX)?;
        if text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'.') {
            Ok(Self(text.to_owned()))
        } else {
            Err(Fault::invalid("This must be a type of event, such as invitation.accepted."))
        }
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[a-z0-9_.]+$", "maxLength": SEARCH_CHARS_MAX})
    }
}

impl AnyId {
    fn is_well_formed(text: &str) -> bool {
        text.split_once('_').is_some_and(|(prefix, digits)| {
            (2..=4).contains(&prefix.len())
                && prefix.bytes().all(|b| b.is_ascii_lowercase())
                && digits.len() == 32
                && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        })
    }
}

impl Field for AnyId {
    fn read(value: &Value) -> Result<Self, Fault> {
        let text = text(value)?;
        if Self::is_well_formed(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Fault::invalid("This must be an id, such as mem_019392d1c4b87d00a1b2c3d4e5f60718."))
        }
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[a-z]{2,4}_[0-9a-f]{32}$"})
    }
}

impl Field for ActorId {
    fn read(value: &Value) -> Result<Self, Fault> {
        let text = text(value)?;
        // What acts without an account is named by its kind, as in the events themselves.
        let is_nobody = matches!(text, "system" | "operator" | "billing" | "identity")
            || text.strip_prefix("invitation:").is_some_and(AnyId::is_well_formed);
        if is_nobody || AnyId::is_well_formed(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Fault::invalid("This must be the actor's id as an event has it, such as system."))
        }
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "pattern": "^(system|operator|billing|identity|(invitation:)?[a-z]{2,4}_[0-9a-f]{32})$"})
    }
}

impl Field for CursorText {
    fn read(value: &Value) -> Result<Self, Fault> {
        let text = text(value)?;
        if text.len() > CURSOR_BYTES_MAX {
            return Err(Fault::new("too_long", "This must be a next_cursor as it was given."));
        }
        Ok(Self(text.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "maxLength": CURSOR_BYTES_MAX})
    }
}

impl<T: Field> Field for Option<T> {
    const REQUIRED: bool = false;

    fn read(value: &Value) -> Result<Self, Fault> {
        if value.is_null() { Ok(None) } else { T::read(value).map(Some) }
    }

    fn read_text(text: &str) -> Result<Self, Fault> {
        T::read_text(text).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    #[cfg(feature = "openapi")]
    fn schema(generator: &mut Generator) -> Schema {
        T::schema(generator)
    }
}

impl<T: Field> Field for Change<T> {
    const REQUIRED: bool = false;

    fn read(value: &Value) -> Result<Self, Fault> {
        if value.is_null() { Ok(Self::Clear) } else { T::read(value).map(Self::Set) }
    }

    fn absent() -> Option<Self> {
        Some(Self::Keep)
    }

    #[cfg(feature = "openapi")]
    fn schema(generator: &mut Generator) -> Schema {
        schemars::json_schema!({"anyOf": [T::schema(generator), {"type": "null"}]})
    }
}
