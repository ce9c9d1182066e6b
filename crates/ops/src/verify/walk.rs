//! One pass along the events, in as much memory as a tree of them has levels.

use std::collections::BTreeMap;

use latchkey_domain::leaf::{Entry, data_hash};
use latchkey_domain::merkle::Tree;
use latchkey_domain::secret::unhex;
use latchkey_store::checkpoint::LogEntry;

use super::heads::Signed;
use super::{Finding, Report};
use crate::rebuild::salt_bytes;

pub(super) struct Walk<'a> {
    heads: std::iter::Peekable<std::slice::Iter<'a, Signed>>,
    newest: Option<&'a Signed>,
    /// The organization of the first event.
    org: Option<String>,
    lines: u64,
    /// The version that should come next.
    expected: u64,
    /// What was passed over so far: first version, last version.
    gaps: BTreeMap<u64, u64>,
    tree: Standing,
}

/// What can still be said about the tree.
enum Standing {
    /// All events so far are in it.
    Whole(Tree),
    /// An event was passed over, or a checkpoint did not fit: no later one can.
    Lost,
}

impl<'a> Walk<'a> {
    pub(super) fn new(heads: &'a [Signed]) -> Self {
        Self {
            heads: heads.iter().peekable(),
            newest: heads.last(),
            org: None,
            lines: 0,
            expected: 1,
            gaps: BTreeMap::new(),
            tree: Standing::Whole(Tree::default()),
        }
    }

    pub(super) fn take(&mut self, line: &str, report: &mut Report) {
        self.lines += 1;
        if line.trim().is_empty() {
            return;
        }
        let event = serde_json::from_str::<LogEntry>(line).ok().filter(|event| event.version > 0);
        let Some(event) = event else {
            self.tree = Standing::Lost;
            report.add(Finding::Unreadable { line: self.lines });
            return;
        };
        report.events += 1;
        report.erased += u64::from(event.data.is_none());
        let (version, id) = (event.version, event.id.clone());
        if *self.org.get_or_insert_with(|| event.org.clone()) != event.org {
            report.add(Finding::OtherOrganization { version, id: id.clone(), org: event.org.clone() });
        }
        if let Some(why) = wrong(&event) {
            report.add(Finding::Changed { version, id: id.clone(), why });
        }
        if version < self.expected {
            let after = self.expected - 1;
            report.add(if self.was_passed_over(version) {
                Finding::OutOfOrder { version, id, after }
            } else {
                Finding::Doubled { version, id }
            });
            return;
        }
        if version > self.expected {
            self.gaps.insert(self.expected, version - 1);
            self.tree = Standing::Lost;
        }
        self.expected = version.saturating_add(1);
        self.grow(&event.leaf, report);
    }

    /// Compares with the checkpoint of this size, if there is one.
    fn grow(&mut self, leaf: &str, report: &mut Report) {
        let Standing::Whole(tree) = &mut self.tree else { return };
        // A leaf that is no hash was reported with its event.
        let Some(leaf) = unhex(leaf) else {
            self.tree = Standing::Lost;
            return;
        };
        tree.push(leaf, |_, _| ());
        while self.heads.next_if(|signed| signed.head.size < tree.size()).is_some() {}
        let Some(signed) = self.heads.next_if(|signed| signed.head.size == tree.size()) else { return };
        if signed.head.root == tree.root() {
            report.covered = tree.size();
        } else {
            let (after, up_to) = (report.covered, signed.head.size);
            report.add(Finding::Interval { after, up_to, from: signed.from.clone() });
            self.tree = Standing::Lost;
        }
    }

    /// Whether that version was missing so far; now it is there.
    fn was_passed_over(&mut self, version: u64) -> bool {
        let Some((first, last)) = self.gaps.range(..=version).next_back().map(|(first, last)| (*first, *last)) else {
            return false;
        };
        if version > last {
            return false;
        }
        self.gaps.remove(&first);
        if first < version {
            self.gaps.insert(first, version - 1);
        }
        if version < last {
            self.gaps.insert(version + 1, last);
        }
        true
    }

    pub(super) fn end(self, report: &mut Report) {
        for (first, last) in self.gaps {
            report.add(Finding::Missing { first, last });
        }
        let Some(newest) = self.newest else { return };
        let events = self.expected - 1;
        if newest.head.size > events {
            report.add(Finding::CutOff { events, size: newest.head.size, from: newest.from.clone() });
        }
        // The last part of a log's name says whose it is.
        let org = newest.head.origin.rsplit('/').next().unwrap_or_default();
        if self.org.as_ref().is_some_and(|of_log| of_log != org) {
            let why = format!("it is of the log of {org}, and the events are of another");
            report.add(Finding::Checkpoint { from: newest.from.clone(), why });
        }
    }
}

/// What about this event is not as its own hashes say.
fn wrong(event: &LogEntry) -> Option<&'static str> {
    match (&event.data, &event.salt) {
        (Some(data), Some(salt)) => match salt_bytes(salt) {
            Some(salt) if data_hash(&salt, data) == event.data_hash => {}
            _ => return Some("its data was changed: it does not hash to its data_hash"),
        },
        (None, None) => {}
        _ => return Some("only one of its data and its salt is erased"),
    }
    let entry = Entry {
        org: &event.org,
        event: &event.id,
        at: event.at,
        actor: &event.actor,
        kind: &event.kind,
        target: &event.target,
        data_hash: &event.data_hash,
    };
    (entry.leaf_hash() != event.leaf).then_some("it was changed: it does not hash to its leaf")
}
