//! Reading a request: every wrong field is reported, not only the first.
//!
//! A request is declared once with [`request!`]; its struct, its parser and its JSON Schema come from that declaration.

use serde_json::{Map, Value};

use crate::problem::{FieldError, Problem};

/// What is wrong with one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub code: &'static str,
    /// A sentence for people, without the field's name.
    pub message: String,
}

impl Fault {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub fn wrong_type(expected: &str) -> Self {
        Self::new("wrong_type", format!("This must be {expected}."))
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new("invalid", message)
    }
}

/// A type that a field of a request can have.
pub trait Field: Sized {
    /// Whether a request without this field is wrong.
    const REQUIRED: bool = true;

    /// Reads the value of a JSON member.
    fn read(value: &Value) -> Result<Self, Fault>;

    /// Reads the value of a query parameter, which is always text.
    fn read_text(text: &str) -> Result<Self, Fault> {
        Self::read(&Value::String(text.to_owned()))
    }

    /// The value of a field that is not there; `None` when it has to be.
    fn absent() -> Option<Self> {
        None
    }

    /// The JSON Schema of the value.
    #[cfg(feature = "openapi")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema;

    /// The value as JSON, to show a default in the schema.
    #[cfg(feature = "openapi")]
    fn shown(&self) -> Option<Value> {
        None
    }
}

/// A request (a body or a query), declared with [`request!`].
pub trait Request: Sized + crate::shape::Described {
    const NAME: &'static str;

    /// Takes its fields; `None` once any of them is wrong.
    fn read(fields: &mut Fields<'_>) -> Option<Self>;

    /// Parses a body: 400 `not_json`, or 422 with every wrong field.
    fn from_json(bytes: &[u8]) -> Result<Self, Problem> {
        let value = json_of(bytes)?;
        let Value::Object(members) = &value else {
            return Err(Problem::field("body", "wrong_type", "This must be a JSON object."));
        };
        Self::from_fields(Fields::of_object(members))
    }

    /// Parses a query that has been split and decoded. `also_known` are parameters read elsewhere, such as `dry_run`.
    fn from_query(pairs: &[(String, String)], also_known: &[&'static str]) -> Result<Self, Problem> {
        let mut fields = Fields::of_query(pairs);
        fields.known.extend_from_slice(also_known);
        Self::from_fields(fields)
    }

    /// Parses a form that has been split and decoded. Unlike elsewhere, unknown members are nobody's fault.
    fn from_form(pairs: &[(String, String)]) -> Result<Self, Problem> {
        let mut fields = Fields::of_query(pairs);
        let request = Self::read(&mut fields);
        for name in fields.repeated() {
            fields.fault(name, Fault::invalid("This is there twice."));
        }
        fields.result(request)
    }

    fn from_fields(mut fields: Fields<'_>) -> Result<Self, Problem> {
        let request = Self::read(&mut fields);
        fields.finish(request)
    }
}

/// A body as JSON, or 400 `not_json`.
pub(crate) fn json_of(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let detail = format!("The body is not JSON: see line {}, column {}.", error.line(), error.column());
        Problem::new(crate::problem::Code::NotJson, detail)
    })
}

/// A reader over the members of an object or the parameters of a query, which remembers every fault.
pub struct Fields<'a> {
    source: Source<'a>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

enum Source<'a> {
    Object(&'a Map<String, Value>),
    Query(&'a [(String, String)]),
}

impl<'a> Fields<'a> {
    pub fn of_object(members: &'a Map<String, Value>) -> Self {
        Self { source: Source::Object(members), known: Vec::new(), errors: Vec::new() }
    }

    /// A parameter without a value (`?search=`) counts as absent; of several with one name, the last counts.
    pub fn of_query(pairs: &'a [(String, String)]) -> Self {
        Self { source: Source::Query(pairs), known: Vec::new(), errors: Vec::new() }
    }

    /// The field's value. `None` after a fault, which is remembered.
    pub fn take<T: Field>(&mut self, name: &'static str) -> Option<T> {
        match self.find(name) {
            Some(result) => self.keep(name, result),
            None => T::absent().or_else(|| {
                self.fault(name, Fault::new("required", "This is missing."));
                None
            }),
        }
    }

    /// The field's value, or `default` when it is absent. `None` after a fault, which is remembered.
    pub fn take_or<T: Field>(&mut self, name: &'static str, default: impl FnOnce() -> T) -> Option<T> {
        match self.find(name) {
            Some(result) => self.keep(name, result),
            None => Some(default()),
        }
    }

    /// Ends the reading: the request, or one 422 for everything that was wrong, unknown fields included.
    pub fn finish<T>(mut self, request: Option<T>) -> Result<T, Problem> {
        for name in self.unknown() {
            let message = "There is no such field here.".to_owned();
            self.errors.push(FieldError { field: name, code: "unknown", message });
        }
        self.result(request)
    }

    fn result<T>(self, request: Option<T>) -> Result<T, Problem> {
        match request {
            Some(request) if self.errors.is_empty() => Ok(request),
            _ => Err(Problem::invalid(self.errors)),
        }
    }

    fn find<T: Field>(&mut self, name: &'static str) -> Option<Result<T, Fault>> {
        self.known.push(name);
        match &self.source {
            Source::Object(members) => members.get(name).map(T::read),
            Source::Query(pairs) => {
                let value = pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)?;
                if value.is_empty() { None } else { Some(T::read_text(value)) }
            }
        }
    }

    fn keep<T>(&mut self, name: &'static str, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.fault(name, fault)).ok()
    }

    fn fault(&mut self, name: &str, fault: Fault) {
        self.errors.push(FieldError { field: name.to_owned(), code: fault.code, message: fault.message });
    }

    /// Known parameters that are there more than once.
    fn repeated(&self) -> Vec<&'static str> {
        let Source::Query(pairs) = &self.source else { return Vec::new() };
        let is_repeated = |name: &&'static str| pairs.iter().filter(|(key, _)| key == name).count() > 1;
        self.known.iter().copied().filter(is_repeated).collect()
    }

    fn unknown(&self) -> Vec<String> {
        let is_unknown = |name: &&String| !self.known.contains(&name.as_str());
        let mut names: Vec<String> = match &self.source {
            Source::Object(members) => members.keys().filter(is_unknown).cloned().collect(),
            Source::Query(pairs) => pairs.iter().map(|(name, _)| name).filter(is_unknown).cloned().collect(),
        };
        names.sort();
        names.dedup();
        // Names come from the client and go into the answer: long ones are cut.
        names.iter().map(|name| name.chars().take(100).collect()).collect()
    }
}

/// A field's name on the wire: `type` for `r#type`.
pub(crate) fn plain(name: &'static str) -> &'static str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// Declares a request: a struct whose fields implement [`Field`], its [`Request`] parser and its JSON Schema.
///
/// A field is required unless its type says otherwise (`Option`, [`Change`](crate::field_types::Change)) or a default
/// follows it: `pub limit: PageLimit = PageLimit::default()`.
macro_rules! request {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident {
            $($(#[doc = $field_about:literal])* pub $field:ident: $type:ty $(= $default:expr)?),* $(,)?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[doc = $field_about])* pub $field: $type,)*
        }

        impl $crate::fields::Request for $name {
            const NAME: &'static str = stringify!($name);

            #[allow(unused_variables, reason = "a request without fields reads none")]
            fn read(fields: &mut $crate::fields::Fields<'_>) -> Option<Self> {
                $(let $field = $crate::fields::request!(@take fields, $field $(, $default)?);)*
                Some(Self { $($field: $field?),* })
            }
        }

        #[cfg(feature = "openapi")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            #[allow(unused_variables, reason = "a request without fields needs none")]
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                #[allow(unused_mut, reason = "a request without fields adds none")]
                let mut object = $crate::openapi::ObjectSchema::new(concat!($($about),*));
                $(
                    let shown = $crate::fields::request!(@shown $type $(, $default)?);
                    let required = <$type as $crate::fields::Field>::REQUIRED
                        && !$crate::fields::request!(@has_default $($default)?);
                    let schema = <$type as $crate::fields::Field>::schema(generator);
                    let name = $crate::fields::plain(stringify!($field));
                    object.property(name, concat!($($field_about),*), schema, required, shown);
                )*
                object.finish()
            }
        }
    };
    (@take $fields:ident, $field:ident) => { $fields.take($crate::fields::plain(stringify!($field))) };
    (@take $fields:ident, $field:ident, $default:expr) => {
        $fields.take_or($crate::fields::plain(stringify!($field)), || $default)
    };
    (@shown $type:ty) => { None };
    (@shown $type:ty, $default:expr) => { <$type as $crate::fields::Field>::shown(&$default) };
    (@has_default) => { false };
    (@has_default $default:expr) => { true };
}
pub(crate) use request;
