//! What everything in a seeded database is called, so that whoever measures can compute the same names as whoever seeds.

use latchkey_domain::key;
use uuid::Uuid;

/// When the oldest of it was made: 2025-01-01, in milliseconds since 1970.
pub(crate) const BEGINNING: i64 = 1_735_689_600_000;

/// The organization that requests are made in.
pub(crate) const LARGE: usize = 0;

/// What an identifier is of: no two kinds share a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Org = 1,
    User,
    Member,
    Session,
    Invitation,
    Command,
    Event,
    InvitedUser,
    InvitedSession,
    Key,
}

/// The UUIDv7 of the `n`th of its kind: a later one sorts after an earlier one, as in life.
pub(crate) fn uuid(kind: Kind, n: usize) -> Uuid {
    let at = BEGINNING as u128 + n as u128;
    Uuid::from_u128(at << 80 | 0x7 << 76 | (kind as u128) << 64 | 0x8 << 60 | n as u128)
}

/// The token of the session of the `n`th person.
pub(crate) fn token(n: usize) -> String {
    format!("bench-person-{n}")
}

/// The token of the session of the person whom the `n`th invitation waits for.
pub(crate) fn invited_token(n: usize) -> String {
    format!("bench-invited-{n}")
}

/// The visible part of the `n`th API key.
pub(crate) fn key_label(n: usize) -> String {
    format!("{n:08x}")
}

/// The text of the `n`th API key.
pub(crate) fn key_text(n: usize) -> String {
    key::compose(&key_label(n), &format!("{n:064x}"))
}
