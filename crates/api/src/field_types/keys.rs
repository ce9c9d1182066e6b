//! The types of fields about API keys.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use latchkey_domain::ApiKeyId;
use latchkey_domain::event::KeyRate;
use latchkey_domain::policy::KeyFate;
use serde_json::Value;

use super::{bounded, text};
use crate::fields::{Fault, Field};
use crate::limits::{
    KEY_CHOICES_MAX, KEY_OVERLAP_S_DEFAULT, KEY_OVERLAP_S_MAX, KEY_RATE_MAX, KEY_RATE_WINDOW_S_MAX,
    PERMISSION_CHARS_MAX, POLICY_PERMISSIONS_MAX, USER_AGENT_CHARS_MAX,
};

/// The name of a permission, such as `theme.download`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionName(pub String);

/// Permissions, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(pub BTreeSet<String>);

/// How often a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit(pub KeyRate);

/// For how many seconds the old text of a rotated key lives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap(pub u64);

/// What is to become of single keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChoices(pub BTreeMap<ApiKeyId, KeyFate>);

/// An address of the Internet Protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpAddress(pub IpAddr);

/// What a client calls itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent(pub String);

impl Default for Overlap {
    fn default() -> Self {
        Self(KEY_OVERLAP_S_DEFAULT)
    }
}

#[cfg(feature = "openapi")]
type Schema = schemars::Schema;
#[cfg(feature = "openapi")]
type Generator = schemars::SchemaGenerator;

fn permission(value: &Value) -> Result<String, Fault> {
    let name = bounded(value, PERMISSION_CHARS_MAX)?;
    let is_name = name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.'));
    if is_name { Ok(name.to_owned()) } else { Err(Fault::invalid("This must be permissions such as theme.download.")) }
}

impl Field for PermissionName {
    fn read(value: &Value) -> Result<Self, Fault> {
        permission(value).map(Self)
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^[a-z0-9_.]+$", "maxLength": PERMISSION_CHARS_MAX, "examples": ["theme.download"],
        })
    }
}

impl Field for IpAddress {
    fn read(value: &Value) -> Result<Self, Fault> {
        let address = text(value)?.trim().parse::<IpAddr>().map(|address| Self(address.to_canonical()));
        address.map_err(|_| Fault::invalid("This must be an IP address."))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}], "examples": ["192.0.2.7"]})
    }
}

impl Field for UserAgent {
    fn read(value: &Value) -> Result<Self, Fault> {
        bounded(value, USER_AGENT_CHARS_MAX).map(|text| Self(text.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "minLength": 1, "maxLength": USER_AGENT_CHARS_MAX})
    }
}

impl Field for Scopes {
    fn read(value: &Value) -> Result<Self, Fault> {
        let entries = value.as_array().ok_or_else(|| Fault::wrong_type("a list of permissions"))?;
        if entries.len() > POLICY_PERMISSIONS_MAX {
            return Err(Fault::new("too_long", format!("This must have at most {POLICY_PERMISSIONS_MAX} entries.")));
        }
        entries.iter().map(permission).collect::<Result<_, _>>().map(Self)
    }

    #[cfg(feature = "openapi")]
    fn schema(generator: &mut Generator) -> Schema {
        let items = PermissionName::schema(generator);
        schemars::json_schema!({"type": "array", "items": items, "maxItems": POLICY_PERMISSIONS_MAX})
    }
}

fn number(value: Option<&Value>, name: &str, max: u64) -> Result<u64, Fault> {
    let number = value.and_then(Value::as_u64).filter(|number| (1..=max).contains(number));
    number.ok_or_else(|| Fault::new("out_of_range", format!("Its {name} must be a whole number from 1 to {max}.")))
}

impl Field for RateLimit {
    fn read(value: &Value) -> Result<Self, Fault> {
        let members =
            value.as_object().filter(|it| it.keys().all(|name| matches!(name.as_str(), "requests" | "window_s")));
        let members = members.ok_or_else(|| Fault::wrong_type("an object of `requests` and `window_s`"))?;
        let max = number(members.get("requests"), "requests", KEY_RATE_MAX)?;
        let window_s = number(members.get("window_s"), "window_s", KEY_RATE_WINDOW_S_MAX)?;
        Ok(Self(KeyRate { max, window_s }))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({
            "type": "object",
            "properties": {
                "requests": {"type": "integer", "minimum": 1, "maximum": KEY_RATE_MAX, "description": "Uses in one window."},
                "window_s": {"type": "integer", "minimum": 1, "maximum": KEY_RATE_WINDOW_S_MAX, "description": "Seconds of a window, which begins with its first use."},
            },
            "required": ["requests", "window_s"],
            "additionalProperties": false,
        })
    }
}

impl Field for Overlap {
    fn read(value: &Value) -> Result<Self, Fault> {
        let seconds = value.as_u64().filter(|seconds| *seconds <= KEY_OVERLAP_S_MAX);
        let message = format!("This must be a whole number from 0 to {KEY_OVERLAP_S_MAX}.");
        seconds.map(Self).ok_or_else(|| Fault::new("out_of_range", message))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "integer", "minimum": 0, "maximum": KEY_OVERLAP_S_MAX})
    }

    #[cfg(feature = "openapi")]
    fn shown(&self) -> Option<Value> {
        Some(Value::from(self.0))
    }
}

fn fate(value: &Value) -> Result<KeyFate, Fault> {
    let fates = [KeyFate::Revoke, KeyFate::Keep, KeyFate::Adopt];
    let word = text(value)?;
    let found = fates.into_iter().find(|fate| fate.name() == word);
    found.ok_or_else(|| Fault::new("not_allowed", "This must be one of: revoke, keep, adopt."))
}

impl Field for KeyFate {
    fn read(value: &Value) -> Result<Self, Fault> {
        fate(value)
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "enum": ["revoke", "keep", "adopt"]})
    }
}

impl Field for KeyChoices {
    fn read(value: &Value) -> Result<Self, Fault> {
        let members =
            value.as_object().ok_or_else(|| Fault::wrong_type("an object of API keys and what becomes of each"))?;
        if members.len() > KEY_CHOICES_MAX {
            return Err(Fault::new("too_long", format!("This must have at most {KEY_CHOICES_MAX} keys.")));
        }
        let choice = |(id, value): (&String, &Value)| {
            let shown: String = id.chars().take(40).collect();
            let id =
                ApiKeyId::parse(id).ok_or_else(|| Fault::invalid(format!("{shown} is not the id of an API key.")))?;
            Ok((id, fate(value)?))
        };
        members.iter().map(choice).collect::<Result<_, _>>().map(Self)
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({
            "type": "object", "additionalProperties": {"type": "string", "enum": ["revoke", "keep", "adopt"]},
            "maxProperties": KEY_CHOICES_MAX,
        })
    }
}
