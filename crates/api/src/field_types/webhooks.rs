//! Where webhooks go, and what they are told.

use std::collections::BTreeSet;

use latchkey_domain::event::EVENT_TYPES;
use serde_json::Value;

use super::bounded;
use crate::fields::{Fault, Field};
use crate::limits::{WEBHOOK_DESCRIPTION_CHARS_MAX, WEBHOOK_URL_CHARS_MAX};

/// Where a webhook goes. Whether it may is for the deployment to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(pub String);

/// Types of events, each of them one that there is; none: all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventTypes(pub BTreeSet<String>);

/// What a webhook is for, in somebody's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description(pub String);

#[cfg(feature = "openapi")]
type Schema = schemars::Schema;
#[cfg(feature = "openapi")]
type Generator = schemars::SchemaGenerator;

impl Field for WebhookUrl {
    fn read(value: &Value) -> Result<Self, Fault> {
        bounded(value, WEBHOOK_URL_CHARS_MAX).map(|url| Self(url.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({
            "type": "string", "format": "uri", "maxLength": WEBHOOK_URL_CHARS_MAX, "examples": ["https://example.com/hooks/latchkey"],
        })
    }
}

/// The types that somebody else can be told of: of webhooks themselves nobody is.
pub fn told_types() -> impl Iterator<Item = &'static str> {
    EVENT_TYPES.iter().copied().filter(|kind| !kind.starts_with("webhook."))
}

impl Field for EventTypes {
    fn read(value: &Value) -> Result<Self, Fault> {
        let entries = value.as_array().ok_or_else(|| Fault::wrong_type("a list of event types"))?;
        let known = |entry: &Value| {
            let name = entry.as_str().filter(|name| told_types().any(|kind| kind == *name));
            let message = || {
                format!("{entry} is no type of an event. They are: {}.", told_types().collect::<Vec<_>>().join(", "))
            };
            name.map(str::to_owned).ok_or_else(|| Fault::new("not_allowed", message()))
        };
        entries.iter().map(known).collect::<Result<_, _>>().map(Self)
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        let types: Vec<&str> = told_types().collect();
        schemars::json_schema!({"type": "array", "items": {"type": "string", "enum": types}, "uniqueItems": true})
    }
}

impl Field for Description {
    fn read(value: &Value) -> Result<Self, Fault> {
        if value.as_str() == Some("") {
            return Ok(Self::default());
        }
        bounded(value, WEBHOOK_DESCRIPTION_CHARS_MAX).map(|text| Self(text.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "maxLength": WEBHOOK_DESCRIPTION_CHARS_MAX})
    }
}
