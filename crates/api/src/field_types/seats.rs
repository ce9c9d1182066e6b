//! The types of fields about plans, seats, licences, limits and tiers.

use std::collections::{BTreeMap, BTreeSet};

use http::Uri;
use latchkey_domain::{DisplayName, RoleName};
use serde_json::Value;

use super::{bounded, of_domain, text};
use crate::fields::{Fault, Field};
use crate::limits::{
    LICENSES_AT_ONCE_MAX, LIMIT_NAME_CHARS_MAX, LIMIT_NUMBER_MAX, LIMITS_MAX, SEATS_MAX, TIER_NAME_CHARS_MAX,
    UPGRADE_URL_CHARS_MAX,
};

/// The name of one of a policy's plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanName(pub String);

/// How many seats there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatCount(pub u64);

/// Where a browser may be sent: `http` or `https`, a host, and no name or password before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl(pub String);

/// Members by their ids, each once. Whether there are such members is found out by whoever reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberList(pub Vec<String>);

/// Numbers by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedNumbers(pub BTreeMap<String, u64>);

/// The tier of a subscription, as the host product calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierName(pub String);

#[cfg(feature = "openapi")]
type Schema = schemars::Schema;
#[cfg(feature = "openapi")]
type Generator = schemars::SchemaGenerator;

impl Field for PlanName {
    fn read(value: &Value) -> Result<Self, Fault> {
        // A plan is named like a role.
        RoleName::parse(text(value)?).map(|name| Self(name.as_str().to_owned())).map_err(of_domain)
    }

    #[cfg(feature = "openapi")]
    fn schema(generator: &mut Generator) -> Schema {
        RoleName::schema(generator)
    }
}

impl Field for SeatCount {
    fn read(value: &Value) -> Result<Self, Fault> {
        whole_number(value, SEATS_MAX).map(Self)
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "integer", "minimum": 0, "maximum": SEATS_MAX})
    }
}

fn whole_number(value: &Value, max: u64) -> Result<u64, Fault> {
    let is_whole = value.is_i64() || value.is_u64();
    let number = if is_whole { value.as_u64() } else { return Err(Fault::wrong_type("a whole number")) };
    let out_of_range = || Fault::new("out_of_range", format!("This must be from 0 to {max}."));
    number.filter(|number| *number <= max).ok_or_else(out_of_range)
}

impl Field for HttpUrl {
    fn read(value: &Value) -> Result<Self, Fault> {
        let text = bounded(value, UPGRADE_URL_CHARS_MAX)?;
        let uri = text.parse::<Uri>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_graphic()));
        let is_web = uri.as_ref().is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
        });
        if is_web {
            Ok(Self(text.to_owned()))
        } else {
            Err(Fault::invalid("This must be an address that begins with https:// or http:// and a host."))
        }
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({
            "type": "string", "format": "uri", "pattern": "^https?://", "maxLength": UPGRADE_URL_CHARS_MAX,
            "examples": ["https://example.com/billing"],
        })
    }
}

impl Field for MemberList {
    fn read(value: &Value) -> Result<Self, Fault> {
        let entries = value.as_array().ok_or_else(|| Fault::wrong_type("a list of members"))?;
        if entries.is_empty() {
            return Err(Fault::new("too_short", "This must not be empty."));
        }
        if entries.len() > LICENSES_AT_ONCE_MAX {
            return Err(Fault::new("too_long", format!("This must have at most {LICENSES_AT_ONCE_MAX} entries.")));
        }
        let mut seen = BTreeSet::new();
        for (place, entry) in entries.iter().enumerate() {
            let id = entry.as_str().ok_or_else(|| Fault::wrong_type("a list of the ids of members"))?;
            if !seen.insert(id) {
                return Err(Fault::invalid(format!("The member at place {place} is named before: name each once.")));
            }
        }
        Ok(Self(entries.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({
            "type": "array", "minItems": 1, "maxItems": LICENSES_AT_ONCE_MAX, "uniqueItems": true,
            "items": {"type": "string", "pattern": "^mem_[0-9a-f]{32}$"},
        })
    }
}

impl Field for NamedNumbers {
    fn read(value: &Value) -> Result<Self, Fault> {
        let members = value.as_object().ok_or_else(|| Fault::wrong_type("an object of names and numbers"))?;
        if members.len() > LIMITS_MAX {
            return Err(Fault::new("too_long", format!("This must have at most {LIMITS_MAX} names.")));
        }
        let mut numbers = BTreeMap::new();
        for (name, number) in members {
            if !is_limit_name(name) {
                let message = "A name must be of small letters, digits, _ and dots, such as theme_license.provision.";
                return Err(Fault::invalid(message));
            }
            let of_this = |fault: Fault| Fault::new(fault.code, fault.message.replacen("This", name, 1));
            numbers.insert(name.clone(), whole_number(number, LIMIT_NUMBER_MAX).map_err(of_this)?);
        }
        Ok(Self(numbers))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({
            "type": "object", "maxProperties": LIMITS_MAX,
            "propertyNames": {"pattern": "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*$", "maxLength": LIMIT_NAME_CHARS_MAX},
            "additionalProperties": {"type": "integer", "minimum": 0, "maximum": LIMIT_NUMBER_MAX},
            "examples": [{"theme_license.provision": 50}],
        })
    }
}

/// Named as permissions are: words of small letters, joined by dots.
fn is_limit_name(name: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    name.len() <= LIMIT_NAME_CHARS_MAX && name.split('.').all(is_word)
}

impl Field for TierName {
    fn read(value: &Value) -> Result<Self, Fault> {
        let text = bounded(value, TIER_NAME_CHARS_MAX)?;
        // It stands beside people's names, and is held to the same.
        DisplayName::parse(text).map(|name| Self(name.to_string())).map_err(of_domain)
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "minLength": 1, "maxLength": TIER_NAME_CHARS_MAX, "examples": ["pro"]})
    }
}
