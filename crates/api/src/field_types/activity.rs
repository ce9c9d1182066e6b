//! The types of fields about activity and the audit list.

use latchkey_domain::event::EVENT_TYPES;
use serde_json::{Map, Value};

use super::bounded;
use crate::fields::{Fault, Field};
use crate::limits::{
    ACTIVITY_AT_ONCE_MAX, ACTIVITY_DATA_BYTES_MAX, ACTIVITY_NAME_CHARS_MAX, ACTIVITY_RETENTION_DAYS_MAX,
    ACTIVITY_TARGET_CHARS_MAX,
};

/// For how many days activity is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionDays(pub u32);

/// The type of something that the host product reports, such as `theme.download`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityType(pub String);

/// The reporter's own id of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemKey(pub String);

/// What something was done to, in words of the host product's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedTarget {
    pub kind: String,
    pub id: String,
}

/// The id of whatever something was done to: ours, or the host product's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetId(pub String);

/// Whatever else there is to say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FreeData(pub Map<String, Value>);

/// A batch, each item of which is read by itself, so that a fault names its place.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemList(pub Vec<Value>);

#[cfg(feature = "openapi")]
type Schema = schemars::Schema;
#[cfg(feature = "openapi")]
type Generator = schemars::SchemaGenerator;

/// Without characters that no name has and that a log had better not repeat.
fn line(value: &Value, chars_max: usize) -> Result<&str, Fault> {
    let text = bounded(value, chars_max)?;
    if text.chars().any(char::is_control) {
        return Err(Fault::invalid("This must be without line breaks and other control characters."));
    }
    Ok(text)
}

/// Words of small letters, joined by dots.
fn is_dotted(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    text.split('.').all(is_word)
}

impl Field for RetentionDays {
    fn read(value: &Value) -> Result<Self, Fault> {
        let is_whole = value.is_i64() || value.is_u64();
        let number = if is_whole { value.as_u64() } else { return Err(Fault::wrong_type("a whole number")) };
        let days = number.and_then(|number| u32::try_from(number).ok());
        days.filter(|days| (1..=ACTIVITY_RETENTION_DAYS_MAX).contains(days)).map(Self).ok_or_else(|| {
            Fault::new(
                "out_of_range",
                format!("This must be from 1 to {ACTIVITY_RETENTION_DAYS_MAX}, or null for good."),
            )
        })
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "integer", "minimum": 1, "maximum": ACTIVITY_RETENTION_DAYS_MAX})
    }
}

impl Field for ActivityType {
    fn read(value: &Value) -> Result<Self, Fault> {
        let text = bounded(value, ACTIVITY_NAME_CHARS_MAX)?;
        if !is_dotted(text) {
            return Err(Fault::invalid("This must be words of small letters, joined by dots, such as theme.download."));
        }
        if text.starts_with("api_key.") || EVENT_TYPES.contains(&text) {
            return Err(Fault::new("not_allowed", "This type is Latchkey's own: use a name of your product's."));
        }
        Ok(Self(text.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*$", "maxLength": ACTIVITY_NAME_CHARS_MAX,
            "examples": ["theme.download"],
        })
    }
}

impl Field for ItemKey {
    fn read(value: &Value) -> Result<Self, Fault> {
        line(value, ACTIVITY_NAME_CHARS_MAX).map(|text| Self(text.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "minLength": 1, "maxLength": ACTIVITY_NAME_CHARS_MAX, "examples": ["dl-4711"]})
    }
}

impl Field for ReportedTarget {
    fn read(value: &Value) -> Result<Self, Fault> {
        let expected = || Fault::wrong_type("an object of a type and an id, both text");
        let members = value.as_object().ok_or_else(expected)?;
        if members.len() != 2 {
            return Err(expected());
        }
        let kind = bounded(members.get("type").ok_or_else(expected)?, ACTIVITY_NAME_CHARS_MAX)?;
        if !is_dotted(kind) {
            return Err(Fault::invalid("The type must be words of small letters, such as theme."));
        }
        let id = line(members.get("id").ok_or_else(expected)?, ACTIVITY_TARGET_CHARS_MAX)?;
        Ok(Self { kind: kind.to_owned(), id: id.to_owned() })
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({
            "type": "object",
            "properties": {
                "type": {"type": "string", "pattern": "^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*$", "maxLength": ACTIVITY_NAME_CHARS_MAX},
                "id": {"type": "string", "minLength": 1, "maxLength": ACTIVITY_TARGET_CHARS_MAX},
            },
            "required": ["type", "id"],
            "additionalProperties": false,
            "examples": [{"type": "theme", "id": "aurora-2"}],
        })
    }
}

impl Field for TargetId {
    fn read(value: &Value) -> Result<Self, Fault> {
        line(value, ACTIVITY_TARGET_CHARS_MAX).map(|text| Self(text.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "string", "minLength": 1, "maxLength": ACTIVITY_TARGET_CHARS_MAX})
    }
}

impl Field for FreeData {
    fn read(value: &Value) -> Result<Self, Fault> {
        let members = value.as_object().ok_or_else(|| Fault::wrong_type("a JSON object"))?;
        if value.to_string().len() > ACTIVITY_DATA_BYTES_MAX {
            let message = format!("This must have at most {ACTIVITY_DATA_BYTES_MAX} bytes.");
            return Err(Fault::new("too_long", message));
        }
        Ok(Self(members.clone()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut Generator) -> Schema {
        schemars::json_schema!({"type": "object", "examples": [{"bytes": 1024}]})
    }
}

impl Field for ItemList {
    fn read(value: &Value) -> Result<Self, Fault> {
        let items = value.as_array().ok_or_else(|| Fault::wrong_type("a list of items"))?;
        match items.len() {
            0 => Err(Fault::new("too_short", "This must not be empty.")),
            n if n > ACTIVITY_AT_ONCE_MAX => {
                Err(Fault::new("too_long", format!("This must have at most {ACTIVITY_AT_ONCE_MAX} items.")))
            }
            _ => Ok(Self(items.clone())),
        }
    }

    #[cfg(feature = "openapi")]
    fn schema(generator: &mut Generator) -> Schema {
        let item = generator.subschema_for::<crate::model::ActivityItem>();
        schemars::json_schema!({"type": "array", "items": item, "minItems": 1, "maxItems": ACTIVITY_AT_ONCE_MAX})
    }
}
