//! Checking an exported log offline, against checkpoints that were kept elsewhere.
//!
//! Each event must hash to what it says it hashes to, none may be missing, and the tree over all of them must have the root
//! that each checkpoint has signed. Whoever changes a row and hashes it anew still meets the first checkpoint after it: then
//! nothing tells which row it was, but between which two checkpoints it stands. `docs/verify-the-log.md` says how to do the
//! same without this program.

use std::fmt;
use std::io::{self, BufRead};

use latchkey_domain::note::VerifierKey;

mod heads;
mod walk;

pub use heads::Kept;

/// How many findings a report describes; all are counted.
pub const FINDINGS_MAX: usize = 50;

/// What is wrong with a log or with what should vouch for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A checkpoint that is not believed: where it was kept, and why.
    Checkpoint {
        from: String,
        why: String,
    },
    /// Two checkpoints, both signed, of which at most one can be of this log.
    Contradiction {
        size: u64,
        from: [String; 2],
    },
    /// A line that is no event.
    Unreadable {
        line: u64,
    },
    /// An event of another organization's log.
    OtherOrganization {
        version: u64,
        id: String,
        org: String,
    },
    /// An event that is not what its hashes say.
    Changed {
        version: u64,
        id: String,
        why: &'static str,
    },
    Missing {
        first: u64,
        last: u64,
    },
    Doubled {
        version: u64,
        id: String,
    },
    OutOfOrder {
        version: u64,
        id: String,
        after: u64,
    },
    /// Every event is sound by itself, and yet they are not those that were signed: `up_to` is the first checkpoint that does
    /// not fit, `after` the last one that did, or 0.
    Interval {
        after: u64,
        up_to: u64,
        from: String,
    },
    /// A checkpoint covers more events than there are.
    CutOff {
        events: u64,
        size: u64,
        from: String,
    },
}

/// What was checked, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub events: u64,
    /// Of these, events whose data was erased; their leaves were checked all the same.
    pub erased: u64,
    /// Checkpoints that are signed by a key that is trusted.
    pub checkpoints: u64,
    /// Up to this version, checkpoints vouch for the log.
    pub covered: u64,
    /// In the order of the log, as many as are described.
    pub findings: Vec<Finding>,
    pub finding_count: u64,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.finding_count == 0
    }

    fn add(&mut self, finding: Finding) {
        self.finding_count += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }
}

/// Checks the events, one a line as `GET …/log/export` gives them, against the checkpoints.
///
/// # Errors
/// When the events cannot be read.
pub fn verify(lines: impl BufRead, kept: &[Kept], keys: &[VerifierKey]) -> io::Result<Report> {
    let mut report = Report::default();
    let heads = heads::believed(kept, keys, &mut report);
    let mut walk = walk::Walk::new(&heads);
    for line in lines.lines() {
        walk.take(&line?, &mut report);
    }
    walk.end(&mut report);
    report.findings.sort_by_key(Finding::version);
    Ok(report)
}

impl Finding {
    /// Where in the log it stands.
    fn version(&self) -> u64 {
        match self {
            Self::Checkpoint { .. } | Self::Contradiction { .. } | Self::Unreadable { .. } => 0,
            Self::OtherOrganization { version, .. }
            | Self::Changed { version, .. }
            | Self::Doubled { version, .. }
            | Self::OutOfOrder { version, .. } => *version,
            Self::Missing { first, .. } => *first,
            Self::Interval { after, .. } => after + 1,
            Self::CutOff { events, .. } => events + 1,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint { from, why } => write!(f, "{from}: {why}"),
            Self::Contradiction { size, from: [one, other] } => {
                write!(f, "{one} and {other}: two checkpoints of {size} events with different roots, both signed")
            }
            Self::Unreadable { line } => write!(f, "line {line}: this is no event"),
            Self::OtherOrganization { version, id, org } => {
                write!(f, "event {version} ({id}): it belongs to the log of {org}")
            }
            Self::Changed { version, id, why } => write!(f, "event {version} ({id}): {why}"),
            Self::Missing { first, last } if first == last => write!(f, "event {first}: it is missing"),
            Self::Missing { first, last } => write!(f, "events {first} to {last}: they are missing"),
            Self::Doubled { version, id } => write!(f, "event {version} ({id}): it is there twice"),
            Self::OutOfOrder { version, id, after } => {
                write!(f, "event {version} ({id}): it stands after event {after}")
            }
            Self::Interval { after, up_to, from } => write!(
                f,
                "events {} to {up_to}: they are not those that were signed; something among them was changed, removed, added or \
                 reordered ({from})",
                after + 1
            ),
            Self::CutOff { events, size, from } => {
                write!(f, "the log ends with event {events}, and {size} were signed: its end was cut off ({from})")
            }
        }
    }
}
