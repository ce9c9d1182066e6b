//! How the signed tree of a log goes on: from its newest checkpoint and the events since to the next checkpoint.
//!
//! A checkpoint is a promise that cannot be taken back, so each is made from the subtrees that the one before was made
//! from, and only while these still lead to it. The events before are not read again.

use serde::Deserialize;

use crate::merkle::{Hash, Nodes, Place, Tree};
use crate::note::{self, Head, Note};
use crate::secret::{SecretKey, SecretKeys, hex, unhex};
use crate::signing::{LOG, SigningKey};

/// A checkpoint as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Checkpoint {
    /// How many events it covers: those up to this version.
    pub size: u64,
    /// Hex.
    pub root: String,
    /// Milliseconds since 1970.
    pub at: i64,
    /// The deployment key whose signing key signed it.
    pub key_id: String,
    /// The signed note.
    pub note: String,
}

/// Where the tree of a log stands, and what it has yet to take in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TreeFacts {
    /// The log's version.
    pub version: u64,
    pub newest: Option<Checkpoint>,
    /// The complete subtrees of which the tree at the newest checkpoint consists.
    pub nodes: StoredNodes,
    /// The next events, with their versions; not necessarily all there are.
    pub leaves: Vec<(u64, String)>,
}

/// Subtrees as they are stored: level, position, hash in hex, which is absent for one that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct StoredNodes(pub Vec<(u32, u64, Option<String>)>);

/// What a log needs to have a checkpoint further on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The size of the checkpoint it goes on from; 0 for none.
    pub from: u64,
    pub size: u64,
    pub root: Hash,
    /// The subtrees that the new events complete.
    pub nodes: Vec<(Place, Hash)>,
}

/// Why nothing more is signed: the database is not as the service left it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogFault {
    #[error("the stored tree does not lead to the checkpoint of {0} events")]
    OtherTree(u64),
    #[error("the checkpoint of {0} events is not as it was signed")]
    OtherCheckpoint(u64),
    #[error("event {0} is missing")]
    Gap(u64),
    #[error("the leaf of event {0} is no hash")]
    NoHash(u64),
}

impl StoredNodes {
    /// By their places. What is missing or malformed is not there.
    pub fn by_place(&self) -> Nodes {
        let node = |(level, position, hash): &(u32, u64, Option<String>)| {
            Some((Place { level: *level, position: *position }, unhex(hash.as_ref()?)?))
        };
        self.0.iter().filter_map(node).collect()
    }
}

impl TreeFacts {
    /// How many events the newest checkpoint covers.
    pub fn size(&self) -> u64 {
        self.newest.as_ref().map_or(0, |newest| newest.size)
    }

    /// The tree with the leaves that were read; `None` when there are none.
    ///
    /// # Errors
    /// The tree is not the one that was signed before, or the leaves do not follow it without a gap.
    pub fn extend(&self, keys: &SecretKeys) -> Result<Option<Extension>, LogFault> {
        let from = self.size();
        let mut tree = Tree::of(from, &self.nodes.by_place()).ok_or(LogFault::OtherTree(from))?;
        if let Some(newest) = &self.newest {
            newest.check(&tree, keys)?;
        }
        let mut nodes = Vec::new();
        for (expected, (version, leaf)) in (from + 1..).zip(&self.leaves) {
            if *version != expected {
                return Err(LogFault::Gap(expected));
            }
            let leaf = unhex(leaf).ok_or(LogFault::NoHash(expected))?;
            tree.push(leaf, |place, hash| nodes.push((place, hash)));
        }
        let extension = Extension { from, size: tree.size(), root: tree.root(), nodes };
        Ok(Some(extension).filter(|it| it.size > from))
    }
}

impl Checkpoint {
    /// The tree is the one that this checkpoint tells of, and the checkpoint is what was signed; that can be seen as long as
    /// the deployment still has the key.
    fn check(&self, tree: &Tree, keys: &SecretKeys) -> Result<(), LogFault> {
        if hex(&tree.root()) != self.root {
            return Err(LogFault::OtherTree(self.size));
        }
        let note = Note::parse(&self.note);
        let head = note.as_ref().and_then(|note| Head::parse(&note.text));
        let says_so = head.is_some_and(|head| head.size == self.size && head.root == tree.root());
        let signed = keys
            .named(&self.key_id)
            .is_none_or(|key| note.is_some_and(|note| note.is_signed_by(SigningKey::derive(key, LOG).public())));
        if says_so && signed { Ok(()) } else { Err(LogFault::OtherCheckpoint(self.size)) }
    }
}

impl Extension {
    /// The checkpoint that says so, under the log's name.
    pub fn sign(&self, origin: &str, key: &SecretKey, at: i64) -> Checkpoint {
        let head = Head { origin: origin.to_owned(), size: self.size, root: self.root };
        let note = note::sign(&head.text(), origin, &SigningKey::derive(key, LOG));
        Checkpoint { size: self.size, root: hex(&self.root), at, key_id: key.id().to_owned(), note }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> SecretKeys {
        SecretKeys::parse(text).unwrap_or_else(|e| unreachable!("{e}"))
    }

    fn leaf(n: u64) -> String {
        format!("{n:064x}")
    }

    /// What is stored of a log that has taken in `sizes[0]` events, then up to `sizes[1]`, and so on.
    fn stored(sizes: &[u64], keys: &SecretKeys) -> TreeFacts {
        let mut facts = TreeFacts { version: 0, newest: None, nodes: StoredNodes(Vec::new()), leaves: Vec::new() };
        for size in sizes {
            facts.leaves = (facts.size() + 1..=*size).map(|n| (n, leaf(n))).collect();
            let extension = facts.extend(keys).ok().flatten().unwrap_or_else(|| unreachable!("{size}"));
            let at_zero = facts.leaves.iter().map(|(n, leaf)| (0, n - 1, Some(leaf.clone())));
            let more = extension.nodes.iter().map(|(place, hash)| (place.level, place.position, Some(hex(hash))));
            let nodes: Vec<_> = at_zero.chain(more).collect();
            facts.nodes.0.extend(nodes);
            facts.newest = keys.signing().map(|key| extension.sign("h/org", key, 5));
            facts.version = *size;
            facts.leaves.clear();
        }
        facts
    }

    #[test]
    fn in_parts_or_at_once_the_checkpoint_is_the_same() {
        let keys = keys(&format!("a:{}", "11".repeat(32)));
        let at_once = stored(&[23], &keys).newest;
        assert_eq!(stored(&[1, 2, 7, 8, 16, 23], &keys).newest, at_once);
        assert_eq!(stored(&[23], &keys).extend(&keys), Ok(None));
    }

    #[test]
    fn nothing_is_signed_on_a_tree_that_is_not_the_signed_one() {
        let keys = keys(&format!("a:{}", "11".repeat(32)));
        let sound = TreeFacts { leaves: vec![(12, leaf(12))], version: 12, ..stored(&[5, 11], &keys) };
        assert!(sound.extend(&keys).is_ok_and(|extension| extension.is_some()));
        // The subtrees of eleven are of eight, of two, and the eleventh leaf.
        for changed in [(3, 0), (1, 4), (0, 10)] {
            let mut facts = sound.clone();
            let node = facts.nodes.0.iter_mut().find(|(level, position, _)| (*level, *position) == changed);
            if let Some(node) = node {
                node.2 = Some(leaf(99));
            }
            assert_eq!(facts.extend(&keys), Err(LogFault::OtherTree(11)), "{changed:?}");
            facts.nodes.0.retain(|(level, position, _)| (*level, *position) != changed);
            assert_eq!(facts.extend(&keys), Err(LogFault::OtherTree(11)));
        }
        let gap = TreeFacts { leaves: vec![(13, leaf(13))], ..sound.clone() };
        assert_eq!(gap.extend(&keys), Err(LogFault::Gap(12)));
        let no_hash = TreeFacts { leaves: vec![(12, "x".to_owned())], ..sound };
        assert_eq!(no_hash.extend(&keys), Err(LogFault::NoHash(12)));
    }

    #[test]
    fn a_checkpoint_that_was_put_there_by_hand_is_found_while_its_key_is_known() {
        let (old, other) = (format!("a:{}", "11".repeat(32)), format!("b:{}", "22".repeat(32)));
        let facts = TreeFacts { leaves: vec![(6, leaf(6))], version: 6, ..stored(&[5], &keys(&old)) };
        let rotated = keys(&format!("{other},{old}"));
        assert!(facts.extend(&rotated).is_ok());
        assert!(facts.extend(&keys(&other)).is_ok(), "the key is gone, and the tree still leads to its root");
        // Somebody with the database and without the keys makes another log, tree and all.
        let forged = stored(&[5], &keys(&format!("a:{}", "33".repeat(32))));
        assert_eq!(forged.extend(&rotated), Err(LogFault::OtherCheckpoint(5)));
        let mut unlike = facts;
        if let Some(newest) = &mut unlike.newest {
            newest.note = newest.note.replace("\n5\n", "\n6\n");
        }
        assert_eq!(unlike.extend(&keys(&other)), Err(LogFault::OtherCheckpoint(5)));
    }
}
