//! What the DNS says of a domain, and which domains nobody can have for themselves. Pure: it asks nobody.
//!
//! A question and its answer are messages (RFC 1035) as DNS over HTTPS (RFC 8484) carries them. Whoever answers may be
//! mistaken, broken or lying: an answer that is not to the question is none.

mod message;
mod owning;

pub use message::{DNS_MESSAGE, Found, Missing, Trouble, question, read_answer};
pub use owning::{NotOwnable, ownable};
