//! What leaves the service, as data: what a mail says and how a provider takes it; and whose what comes in is. Nothing here sends, waits or stores: whoever
//! delivers does that (`components/dispatch`), and brings back what was answered.
//!
//! To **add a provider**: a module in [`provider`], a line in its enum. To **add a language**: a module in [`letter`], a line in
//! [`Language`]; the compiler names every mail it lacks. To **add a mail**: a [`Notice`].

pub mod incoming;
pub mod letter;
mod notice;
pub mod provider;
mod retry;
pub mod signature;
pub mod target;

pub use letter::{Language, Letter};
pub use notice::{Notice, Place};
pub use provider::{Message, Provider, ProviderFault, Request, Sender, Verdict};
pub use retry::{MAIL_ATTEMPTS_MAX, WEBHOOK_ATTEMPTS_MAX, mail_again_in_s, webhook_again_in_s};
