//! The types of fields of events that others send.

use latchkey_domain::billing::{BILLING_ID_CHARS_MAX, is_billing_id};
use latchkey_domain::identity::{SUBJECT_BYTES_MAX, is_subject};
use serde_json::{Map, Value};

use super::{bounded, text};
use crate::fields::{Fault, Field};

/// An id that a billing provider gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingId(pub String);

/// An id that an identity provider gives a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(pub String);

/// A user of an identity provider, who is read by themselves, so that a fault names its place.
#[derive(Debug, Clone, PartialEq)]
pub struct ToldData(pub Map<String, Value>);

/// The type of an event that a sender has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageType(pub String);

/// A subscription, which is read by itself, so that a fault names its place.
#[derive(Debug, Clone, PartialEq)]
pub struct BilledData(pub Map<String, Value>);

#[cfg(feature = "openapi")]
type Schema = schemars::Schema;
#[cfg(feature = "openapi")]
type Generator = schemars::SchemaGenerator;

impl Field for BillingId {
    fn read(value: &Value) -> Result<Self, Fault> {
        let text = bounded(value, BILLING_ID_CHARS_MAX)?;
        if is_billing_id(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Fault::invalid("This must be of letters, digits, _, - and dots."))
        }
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^[A-Za-z0-9_.-]+$", "minLength": 1, "maxLength": BILLING_ID_CHARS_MAX, "examples": ["acct-4711"],
        })
    }
}

impl Field for Subject {
    fn read(value: &Value) -> Result<Self, Fault> {
        let text = text(value)?;
        if is_subject(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Fault::invalid(format!("This must have 1 to {SUBJECT_BYTES_MAX} bytes, and no control characters.")))
        }
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "minLength": 1, "maxLength": SUBJECT_BYTES_MAX, "examples": ["auth0|5f7c8ec7c33c6c004bbafe82"]})
    }
}

impl Field for ToldData {
    fn read(value: &Value) -> Result<Self, Fault> {
        value.as_object().cloned().map(Self).ok_or_else(|| Fault::wrong_type("a JSON object"))
    }

    #[cfg(feature = "openapi")]
    fn schema(generator: &mut Generator) -> Schema {
        generator.subschema_for::<crate::model::ToldUser>()
    }
}

impl Field for MessageType {
    fn read(value: &Value) -> Result<Self, Fault> {
        text(value).map(|text| Self(text.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "examples": ["subscription.changed"]})
    }
}

impl Field for BilledData {
    fn read(value: &Value) -> Result<Self, Fault> {
        value.as_object().cloned().map(Self).ok_or_else(|| Fault::wrong_type("a JSON object"))
    }

    #[cfg(feature = "openapi")]
    fn schema(generator: &mut Generator) -> Schema {
        generator.subschema_for::<crate::model::BilledSubscription>()
    }
}
