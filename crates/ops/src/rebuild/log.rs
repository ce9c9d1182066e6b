//! The log by itself: every event hashes to what it says, and every command has the events it counts.

use latchkey_domain::leaf::{Entry, data_hash};
use latchkey_store::db::{DbError, Row};

use super::{Report, integer, optional_text, text};
use crate::sqlite::SqliteDb;

/// The columns of [`Stored`], in its order.
pub(super) const COLUMNS: &str =
    "org_id, version, id, type, at, effective_at, actor, target, data, salt, data_hash, leaf";

/// An event as it is stored.
pub(super) struct Stored {
    pub(super) org: String,
    pub(super) version: i64,
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) at: i64,
    pub(super) effective_at: i64,
    pub(super) actor: String,
    pub(super) target: String,
    /// Absent once erased, and the salt with it.
    pub(super) data: Option<String>,
    salt: Option<String>,
    data_hash: String,
    leaf: String,
}

impl Stored {
    pub(super) fn read(row: &Row) -> Self {
        let word = |i: usize| text(row.get(i));
        Self {
            org: word(0),
            version: integer(row.get(1)),
            id: word(2),
            kind: word(3),
            at: integer(row.get(4)),
            effective_at: integer(row.get(5)),
            actor: word(6),
            target: word(7),
            data: optional_text(row, 8),
            salt: optional_text(row, 9),
            data_hash: word(10),
            leaf: word(11),
        }
    }

    /// What about this event is not as the service writes it; `before` is the effective time of the event before.
    pub(super) fn wrong(&self, before: i64) -> Option<&'static str> {
        if self.effective_at != self.at.max(before) {
            return Some("its effective time is not the running maximum of the claimed times");
        }
        match (&self.data, &self.salt) {
            (Some(data), Some(salt)) => match salt_bytes(salt) {
                Some(salt) if data_hash(&salt, data) == self.data_hash => {}
                _ => return Some("its data does not hash to its data_hash"),
            },
            (None, None) => {}
            _ => return Some("only one of its data and its salt is erased"),
        }
        let entry = Entry {
            org: &self.org,
            event: &self.id,
            at: self.at,
            actor: &self.actor,
            kind: &self.kind,
            target: &self.target,
            data_hash: &self.data_hash,
        };
        (entry.leaf_hash() != self.leaf).then_some("it does not hash to its leaf")
    }
}

/// Every command has as many events as it counts, at the versions it names, and no event is without its command.
pub(super) fn check_commands(db: &SqliteDb, report: &mut Report) -> Result<(), DbError> {
    let short = "SELECT c.id FROM live.command c WHERE c.event_count <> (SELECT count(*) FROM live.event e \
                 WHERE e.org_id = c.org_id AND e.version >= c.first_version \
                 AND e.version < c.first_version + c.event_count AND e.command_id = c.id)";
    for row in db.run(short, Vec::new())? {
        report.differences.add(format!("command {} does not have the events that it counts", text(row.first())));
    }
    let orphans = "SELECT e.org_id, e.version FROM live.event e WHERE NOT EXISTS (SELECT 1 FROM live.command c \
                   WHERE c.id = e.command_id AND c.org_id = e.org_id AND e.version >= c.first_version \
                   AND e.version < c.first_version + c.event_count)";
    for row in db.run(orphans, Vec::new())? {
        let (org, version) = (text(row.first()), integer(row.get(1)));
        report.differences.add(format!("event {version} of {org} is not among the events of its command"));
    }
    Ok(())
}

/// A salt from how it is stored.
pub(crate) fn salt_bytes(hex: &str) -> Option<[u8; 16]> {
    let well_formed = hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    if well_formed { u128::from_str_radix(hex, 16).ok().map(u128::to_be_bytes) } else { None }
}
