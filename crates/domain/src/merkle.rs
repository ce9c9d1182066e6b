//! The Merkle tree over the events of an organization, as RFC 9162, 2.1 has it: the leaf of version n is leaf n - 1.
//!
//! What is kept of a tree is its complete subtrees: 2^level leaves that begin at a multiple of 2^level. None of them ever
//! changes, and from them follow the root at every size and every proof, in as many steps as the size has binary digits.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// SHA-256 of a leaf or of two subtrees.
pub type Hash = [u8; 32];

/// A complete subtree: of 2^`level` leaves, the `position`th of its level from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub level: u32,
    pub position: u64,
}

/// Complete subtrees by their places.
pub type Nodes = HashMap<Place, Hash>;

/// A tree that grows: its size, and the complete subtrees that it consists of, the largest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    size: u64,
    peaks: Vec<Hash>,
}

impl Tree {
    /// The tree of that size, from its complete subtrees; `None` when one of them is not there.
    pub fn of(size: u64, nodes: &Nodes) -> Option<Self> {
        Some(Self { size, peaks: peaks(0, size, nodes)? })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf, and tells of every subtree that it completes.
    pub fn push(&mut self, leaf: Hash, mut completes: impl FnMut(Place, Hash)) {
        let (mut place, mut hash) = (Place { level: 0, position: self.size }, leaf);
        while place.position % 2 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            hash = parent(&left, &hash);
            place = Place { level: place.level + 1, position: place.position / 2 };
            completes(place, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    pub fn root(&self) -> Hash {
        joined(&self.peaks)
    }
}

/// SHA-256(0x01 ‖ left ‖ right).
pub fn parent(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The proof that the leaf at `index` is in the tree of that size. `None` when it is not, or a subtree is missing.
pub fn inclusion(index: u64, size: u64, nodes: &Nodes) -> Option<Vec<Hash>> {
    if index >= size {
        return None;
    }
    let (mut start, mut end, mut proof) = (0, size, Vec::new());
    while end - start > 1 {
        let middle = start + half(end - start);
        if index < middle {
            proof.push(subtree(middle, end, nodes)?);
            end = middle;
        } else {
            proof.push(subtree(start, middle, nodes)?);
            start = middle;
        }
    }
    proof.reverse();
    Some(proof)
}

/// The proof that the tree of size `to` goes on from the tree of size `from`. `None` when it cannot, or a subtree is missing.
pub fn consistency(from: u64, to: u64, nodes: &Nodes) -> Option<Vec<Hash>> {
    if from == 0 || from > to {
        return None;
    }
    let (mut start, mut end, mut proof) = (0, to, Vec::new());
    while from < end {
        let middle = start + half(end - start);
        if from <= middle {
            proof.push(subtree(middle, end, nodes)?);
            end = middle;
        } else {
            proof.push(subtree(start, middle, nodes)?);
            start = middle;
        }
    }
    // Whoever checks has the root at `from`, so where that tree is a whole subtree of the other it need not be told.
    if start > 0 {
        proof.push(subtree(start, end, nodes)?);
    }
    proof.reverse();
    Some(proof)
}

/// Whether `proof` shows that the leaf at `index` is in the tree with that root (RFC 9162, 2.1.3.2).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for step in proof {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            hash = parent(step, &hash);
            skip_right_border(&mut node, &mut last);
        } else {
            hash = parent(&hash, step);
        }
        (node, last) = (node / 2, last / 2);
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree with the root `to_root` goes on from the one with `from_root` (RFC 9162, 2.1.4.2).
pub fn verify_consistency(from: u64, to: u64, from_root: &Hash, to_root: &Hash, proof: &[Hash]) -> bool {
    if from == 0 || from > to {
        return false;
    }
    if from == to {
        return proof.is_empty() && from_root == to_root;
    }
    let (mut steps, (mut node, mut last)) = (proof.iter(), (from - 1, to - 1));
    let first = if from.is_power_of_two() { Some(from_root) } else { steps.next() };
    let Some(first) = first else { return false };
    while node % 2 == 1 {
        (node, last) = (node / 2, last / 2);
    }
    let (mut old, mut new) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            (old, new) = (parent(step, &old), parent(step, &new));
            skip_right_border(&mut node, &mut last);
        } else {
            new = parent(&new, step);
        }
        (node, last) = (node / 2, last / 2);
    }
    last == 0 && old == *from_root && new == *to_root
}

/// A hash as checkpoints and proofs write it.
pub fn to_base64(hash: &Hash) -> String {
    STANDARD.encode(hash)
}

/// A hash from how checkpoints and proofs write it.
pub fn of_base64(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

// On the right border of the tree there are levels without a sibling, for which a proof has no step.
fn skip_right_border(node: &mut u64, last: &mut u64) {
    while node.is_multiple_of(2) && *node != 0 {
        (*node, *last) = (*node / 2, *last / 2);
    }
}

/// The largest power of two below `size`, which is at least 2.
fn half(size: u64) -> u64 {
    1 << (size.saturating_sub(1).max(1).ilog2())
}

/// The root of the leaves from `start`, a multiple of the length's largest power of two, up to `end`.
fn subtree(start: u64, end: u64, nodes: &Nodes) -> Option<Hash> {
    Some(joined(&peaks(start, end, nodes)?))
}

fn peaks(start: u64, end: u64, nodes: &Nodes) -> Option<Vec<Hash>> {
    let (mut at, mut peaks) = (start, Vec::new());
    while at < end {
        let level = (end - at).ilog2();
        peaks.push(*nodes.get(&Place { level, position: at >> level })?);
        at += 1 << level;
    }
    Some(peaks)
}

fn joined(peaks: &[Hash]) -> Hash {
    let root = peaks.iter().rev().copied().reduce(|right, left| parent(&left, &right));
    root.unwrap_or_else(|| Sha256::digest([]).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::hex;
    use proptest::prelude::*;

    /// The entries and the roots, at each size, that implementations of certificate transparency have in common.
    const COMMON: [(&[u8], &str); 8] = [
        (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (b"\x00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (b"\x10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (b"\x20\x21", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (b"\x30\x31", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (b"\x40\x41\x42\x43", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (b"\x50\x51\x52\x53\x54\x55\x56\x57", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ),
    ];

    fn leaf(entry: &[u8]) -> Hash {
        Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
    }

    /// A tree of so many leaves, its subtrees, and its root at every size.
    fn grown(leaves: &[Hash]) -> (Nodes, Vec<Hash>) {
        let (mut tree, mut nodes, mut roots) = (Tree::default(), Nodes::new(), vec![Tree::default().root()]);
        for (position, leaf) in (0..).zip(leaves) {
            nodes.insert(Place { level: 0, position }, *leaf);
            tree.push(*leaf, |place, hash| {
                nodes.insert(place, hash);
            });
            roots.push(tree.root());
        }
        (nodes, roots)
    }

    /// MTH of RFC 9162, 2.1.1, word for word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            several => {
                let mut k = 1;
                while 2 * k < several.len() {
                    k *= 2;
                }
                let (left, right) = several.split_at(k);
                parent(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn roots_are_those_that_everybody_has() {
        let leaves: Vec<Hash> = COMMON.iter().map(|(entry, _)| leaf(entry)).collect();
        let (_, roots) = grown(&leaves);
        let roots: Vec<String> = roots.iter().skip(1).map(|root| hex(root)).collect();
        assert_eq!(roots, COMMON.map(|(_, root)| root));
        assert_eq!(hex(&Tree::default().root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn every_proof_of_small_trees_holds_and_no_other() {
        let leaves: Vec<Hash> = (0..34_u8).map(|n| leaf(&[n])).collect();
        let (nodes, roots) = grown(&leaves);
        let root_at = |size: u64| roots.get(size as usize).copied().unwrap_or_default();
        for to in 1..=34_u64 {
            for (index, leaf) in (0..to).zip(&leaves) {
                let proof = inclusion(index, to, &nodes).unwrap_or_default();
                assert!(verify_inclusion(leaf, index, to, &proof, &root_at(to)), "{index} in {to}");
                assert!(!verify_inclusion(leaf, (index + 1) % to, to, &proof, &root_at(to)) || to == 1);
                assert!(!verify_inclusion(leaf, index, to, &proof, &root_at(to - 1)));
                let longer: Vec<Hash> = proof.iter().copied().chain([*leaf]).collect();
                assert!(!verify_inclusion(leaf, index, to, &longer, &root_at(to)));
            }
            for from in 1..=to {
                let proof = consistency(from, to, &nodes).unwrap_or_default();
                let (old, new) = (root_at(from), root_at(to));
                assert!(verify_consistency(from, to, &old, &new, &proof), "{from} to {to}");
                assert!(!verify_consistency(from, to, &root_at(from - 1), &new, &proof));
                assert!(!verify_consistency(from, to, &old, &root_at(to + 1), &proof));
                let longer: Vec<Hash> = proof.iter().copied().chain([old]).collect();
                assert!(!verify_consistency(from, to, &old, &new, &longer));
                if let Some((_, shorter)) = proof.split_last() {
                    assert!(!verify_consistency(from, to, &old, &new, shorter));
                }
            }
        }
        assert_eq!(
            (inclusion(34, 34, &nodes), consistency(0, 3, &nodes), consistency(4, 3, &nodes)),
            (None, None, None)
        );
        assert_eq!(inclusion(0, 35, &nodes), None, "a subtree is missing");
    }

    proptest! {
        #[test]
        fn a_tree_that_grows_in_parts_is_the_tree_of_the_definition(sizes in proptest::collection::vec(0..40_usize, 1..6)) {
            let leaves: Vec<Hash> = (0..sizes.iter().sum::<usize>()).map(|n| leaf(&n.to_be_bytes())).collect();
            let (mut nodes, mut size) = (Nodes::new(), 0);
            for part in sizes {
                let mut tree = Tree::of(size as u64, &nodes).unwrap_or_else(|| unreachable!("a subtree is missing"));
                for (position, leaf) in (size as u64..).zip(leaves.iter().skip(size).take(part)) {
                    nodes.insert(Place { level: 0, position }, *leaf);
                    tree.push(*leaf, |place, hash| { nodes.insert(place, hash); });
                }
                size += part;
                prop_assert_eq!(tree.root(), by_definition(leaves.get(..size).unwrap_or_default()));
            }
        }
    }
}
