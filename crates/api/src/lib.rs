//! The HTTP contract: which operations there are, what they take and answer, and how errors read.
//!
//! Pure: it neither listens nor stores, so all of it is tested natively. `edge` runs it inside a component.

pub mod access;
pub mod call;
pub mod codes;
pub mod csv;
pub mod exchange;
pub mod export;
pub mod field_types;
pub mod fields;
pub mod head;
pub mod hooks;
pub mod limits;
pub mod model;
pub mod oauth;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod paging;
pub mod problem;
mod refusals;
pub mod reply;
pub mod represent;
pub mod router;
pub mod routes;
pub mod settings;
pub mod shape;
pub mod stream;
pub mod time;

pub use call::{Call, Change, Context, Mode, PathId, ProviderName};
pub use codes::Code;
pub use fields::{Fault, Field, Request};
pub use head::{Credential, CredentialSource, Head, IdempotencyKey};
pub use model::Representation;
pub use paging::{Key, Page, PageRequest};
pub use problem::{FieldError, Problem};
pub use reply::Reply;
pub use routes::{Effect, Method, ROUTES, Route, Who};
pub use settings::Settings;
pub use stream::{Coming, Pieces, Stream};
pub use time::Timestamp;
