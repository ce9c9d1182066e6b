//! Where new identifiers and salts come from. The domain has no randomness of its own: the caller brings it, a test
//! brings a counter.

use uuid::Uuid;

/// A source of values that were never used before.
pub trait Fresh {
    /// A UUIDv7.
    fn uuid(&mut self) -> Uuid;
    /// 16 random bytes that keep an event's data from being guessed from its hash.
    fn salt(&mut self) -> [u8; 16];
}
