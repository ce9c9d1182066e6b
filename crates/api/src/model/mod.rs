//! What requests and answers hold, one module a resource. Field names are `snake_case`, identifiers text, moments
//! [`Timestamp`](crate::time::Timestamp)s.

use serde::Serialize;
use serde_json::{Map, Value};

mod access;
mod account;
mod addresses;
mod api_key;
mod audit;
mod delivery;
mod domain;
mod hook;
mod identity;
mod invitation;
mod link;
mod log;
mod member;
mod oauth;
mod org;
mod past;
mod policy;
mod project;
mod seat;
mod service;
mod session;
mod webhook;

pub use access::*;
pub use account::*;
pub use addresses::*;
pub use api_key::*;
pub use audit::*;
pub use delivery::*;
pub use domain::*;
pub use hook::*;
pub use identity::*;
pub use invitation::*;
pub use link::*;
pub use log::*;
pub use member::*;
pub use oauth::*;
pub use org::*;
pub use past::*;
pub use policy::*;
pub use project::*;
pub use seat::*;
pub use service::*;
pub use session::*;
pub use webhook::*;

/// The type of an answer.
pub trait Representation: Serialize + crate::shape::Described {
    /// Its name in the OpenAPI document.
    const NAME: &'static str;
    /// The name of a page of a list of it.
    const PAGE_NAME: &'static str;
}

/// Declares structs that answers hold.
macro_rules! representation {
    ($($(#[$attribute:meta])* pub struct $name:ident { $($body:tt)* })+) => {$(
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
        pub struct $name { $($body)* }

        impl $crate::model::Representation for $name {
            const NAME: &'static str = stringify!($name);
            const PAGE_NAME: &'static str = concat!(stringify!($name), "Page");
        }
    )+};
}
pub(crate) use representation;

/// Declares an enumeration whose values are words, in answers and as a field of requests.
macro_rules! words {
    ($(#[doc = $about:literal])* pub enum $name:ident { $($(#[doc = $word_about:literal])* $word:ident = $text:literal,)+ }) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[doc = $word_about])* $word,)+ }

        impl $name {
            /// Every word, in order.
            pub const ALL: &[Self] = &[$(Self::$word),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text,)+ }
            }

            /// `None` for any other text.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$word),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl $crate::fields::Field for $name {
            fn read(value: &serde_json::Value) -> Result<Self, $crate::fields::Fault> {
                let text = value.as_str().ok_or_else(|| $crate::fields::Fault::wrong_type("text"))?;
                Self::parse(text).ok_or_else(|| {
                    let words: Vec<&str> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    let message = format!("This must be one of: {}.", words.join(", "));
                    $crate::fields::Fault::new("not_allowed", message)
                })
            }

            #[cfg(feature = "openapi")]
            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<Self>()
            }

            #[cfg(feature = "openapi")]
            fn shown(&self) -> Option<serde_json::Value> {
                Some(serde_json::Value::from(self.as_str()))
            }
        }

        #[cfg(feature = "openapi")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "description": concat!($($about),*).trim(),
                    "enum": [$($text),+],
                })
            }
        }
    };
}
pub(crate) use words;

representation! {
    /// What a change would do: the answer to `?dry_run=true`. Nothing was written.
    pub struct DryRun {
        /// Always true.
        pub dry_run: bool,
        /// The types of the events that the change would append, in their order.
        pub events: Vec<String>,
        /// Numbers and lists by name, such as `members_removed` or `invitations_cancelled`.
        pub consequences: Map<String, Value>,
    }

    /// The organization that something belongs to, as much of it as an outsider may know.
    pub struct OrgRef {
        pub id: String,
        pub name: String,
    }
}

representation! {
    /// The project that something belongs to, as much of it as an outsider may know.
    pub struct ProjectRef {
        pub id: String,
        pub name: String,
    }
}

impl DryRun {
    /// A dry run that would append these events; consequences are added with [`with`](Self::with).
    pub fn new<T: Into<String>>(events: impl IntoIterator<Item = T>) -> Self {
        Self { dry_run: true, events: events.into_iter().map(Into::into).collect(), consequences: Map::new() }
    }

    /// Adds one consequence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.consequences.insert(name.to_owned(), value.into());
        self
    }
}
