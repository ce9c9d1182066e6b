//! Runs the HTTP contract of `latchkey-api` inside a Spin component. The only crate that knows the SDK.
//!
//! A component is its handlers and one line each:
//!
//! ```ignore
//! latchkey_edge::component! {
//!     "invite" => {
//!         create_invitation => create::create,
//!         list_invitations => list::list,
//!     }
//! }
//! ```
//!
//! where a handler is `async fn(Call) -> Result<Reply, Problem>`. That the operations are exactly those which the route
//! table gives to the component is checked while compiling.

pub mod billing;
pub mod change;
pub mod checkpoint;
pub mod clock;
pub mod db;
mod external;
pub mod fetch;
pub mod identity;
pub mod joining;
pub mod kv;
pub mod random;
pub mod rate;
pub mod refused;
pub mod resolver;
pub mod serve;
mod settings;
mod usage;
mod visit;

#[doc(hidden)]
pub mod component;

pub use db::{Database, activity_db, db};
pub use latchkey_api::settings::{Carrier, MailSettings};
pub use latchkey_api::{
    Call, Change, Code, Coming, Credential, Key, Mode, Page, PageRequest, Pieces, Problem, ProviderName, Reply,
    Settings, Timestamp, export, field_types, limits, model, oauth, represent,
};
pub use random::Entropy;
