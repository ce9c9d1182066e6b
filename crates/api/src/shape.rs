//! The link between an operation in the route table and the types its handler uses.

/// Anything with a JSON Schema, where schemas are built; anything at all, where they are not.
#[cfg(feature = "openapi")]
pub trait Described: schemars::JsonSchema {}
#[cfg(feature = "openapi")]
impl<T: schemars::JsonSchema> Described for T {}

/// Anything with a JSON Schema, where schemas are built; anything at all, where they are not.
#[cfg(not(feature = "openapi"))]
pub trait Described {}
#[cfg(not(feature = "openapi"))]
impl<T> Described for T {}

/// The type of a request or an answer as the route table names it.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub name: &'static str,
    /// Adds the type and what it refers to, and returns a reference to it.
    #[cfg(feature = "openapi")]
    pub schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
}

impl Shape {
    /// The shape of an answer.
    pub const fn of<T: crate::model::Representation>() -> Self {
        Self {
            name: T::NAME,
            #[cfg(feature = "openapi")]
            schema: |generator| generator.subschema_for::<T>(),
        }
    }

    /// The shape of a page of a list.
    pub const fn page_of<T: crate::model::Representation>() -> Self {
        Self {
            name: T::PAGE_NAME,
            #[cfg(feature = "openapi")]
            schema: |generator| generator.subschema_for::<crate::paging::Page<T>>(),
        }
    }

    /// The shape of a request.
    pub const fn of_request<T: crate::fields::Request>() -> Self {
        Self {
            name: T::NAME,
            #[cfg(feature = "openapi")]
            schema: |generator| generator.subschema_for::<T>(),
        }
    }
}
