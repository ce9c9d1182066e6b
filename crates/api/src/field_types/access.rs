//! The types of fields about access.

use std::collections::BTreeSet;

use latchkey_domain::facts::Restrictions;
use serde_json::Value;

use crate::fields::{Fault, Field};
use crate::limits::{
    PERMISSION_CHARS_MAX, RESOURCE_ID_CHARS_MAX, RESTRICTED_PERMISSIONS_MAX, RESTRICTED_RESOURCES_MAX,
};

/// Resources by the name of the permission that goes for them. Whether there is such a permission is found out by whoever reads
/// them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestrictionMap(pub Restrictions);

/// The id of one of the host product's things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceId(pub String);

impl Field for ResourceId {
    fn read(value: &Value) -> Result<Self, Fault> {
        let id = value.as_str().ok_or_else(|| Fault::wrong_type("text"))?;
        if !is_resource_id(id) {
            return Err(Fault::invalid(format!(
                "This must have 1 to {RESOURCE_ID_CHARS_MAX} characters, none of them a control character."
            )));
        }
        Ok(Self(id.to_owned()))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "minLength": 1, "maxLength": RESOURCE_ID_CHARS_MAX, "examples": ["aurora"]})
    }
}

fn is_resource_id(id: &str) -> bool {
    (1..=RESOURCE_ID_CHARS_MAX).contains(&id.chars().count()) && !id.chars().any(char::is_control)
}

impl Field for RestrictionMap {
    fn read(value: &Value) -> Result<Self, Fault> {
        let members = value.as_object().ok_or_else(|| Fault::wrong_type("an object of permissions and lists"))?;
        if members.len() > RESTRICTED_PERMISSIONS_MAX {
            let message = format!("This must have at most {RESTRICTED_PERMISSIONS_MAX} permissions.");
            return Err(Fault::new("too_long", message));
        }
        let mut restrictions = Restrictions::new();
        for (permission, ids) in members {
            if permission.len() > PERMISSION_CHARS_MAX {
                return Err(Fault::invalid("A permission is named by two words with a dot between them."));
            }
            let of_this = |fault: Fault| Fault::new(fault.code, fault.message.replacen("This", permission, 1));
            restrictions.insert(permission.clone(), resources(ids).map_err(of_this)?);
        }
        Ok(Self(restrictions))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object", "maxProperties": RESTRICTED_PERMISSIONS_MAX,
            "propertyNames": {"maxLength": PERMISSION_CHARS_MAX},
            "additionalProperties": {
                "type": "array", "minItems": 1, "maxItems": RESTRICTED_RESOURCES_MAX, "uniqueItems": true,
                "items": {"type": "string", "minLength": 1, "maxLength": RESOURCE_ID_CHARS_MAX},
            },
            "examples": [{"theme.download": ["aurora", "basalt"]}],
        })
    }
}

/// At least one: whoever may do it to nothing needs another role.
fn resources(value: &Value) -> Result<BTreeSet<String>, Fault> {
    let entries = value.as_array().ok_or_else(|| Fault::wrong_type("a list of the ids of resources"))?;
    if entries.is_empty() {
        return Err(Fault::new("too_short", "This must not be empty."));
    }
    if entries.len() > RESTRICTED_RESOURCES_MAX {
        return Err(Fault::new("too_long", format!("This must have at most {RESTRICTED_RESOURCES_MAX} entries.")));
    }
    let mut ids = BTreeSet::new();
    for entry in entries {
        let id = entry.as_str().ok_or_else(|| Fault::wrong_type("a list of the ids of resources"))?;
        if !is_resource_id(id) {
            let message = format!(
                "This must hold ids of 1 to {RESOURCE_ID_CHARS_MAX} characters, none of them a control character."
            );
            return Err(Fault::invalid(message));
        }
        if !ids.insert(id.to_owned()) {
            return Err(Fault::invalid("This names a resource twice: name each once."));
        }
    }
    Ok(ids)
}
