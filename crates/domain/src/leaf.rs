//! The leaf of an event in its organization's Merkle tree.
//!
//! The entry is, in this order, each preceded by its length in bytes as 8 big-endian bytes: organization, event id,
//! claimed time (decimal milliseconds), actor, type, target, and SHA-256(salt ‖ data). The leaf hash is
//! SHA-256(0x00 ‖ entry), as RFC 9162, 2.1.1 has it. Data enters only as a salted hash, so erasing it keeps every proof.

use sha2::{Digest, Sha256};

use crate::secret::hex;

/// The hash under which an event's data can be proven without being shown: hex of SHA-256(salt ‖ data).
pub fn data_hash(salt: &[u8; 16], data: &str) -> String {
    hex(&Sha256::new().chain_update(salt).chain_update(data.as_bytes()).finalize())
}

/// What a leaf commits to.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub org: &'a str,
    pub event: &'a str,
    /// Milliseconds since 1970, as the deciding machine claimed it.
    pub at: i64,
    pub actor: &'a str,
    pub kind: &'a str,
    pub target: &'a str,
    /// Hex, of [`data_hash`].
    pub data_hash: &'a str,
}

impl Entry<'_> {
    /// Lower-case hex of the RFC 9162 leaf hash.
    pub fn leaf_hash(&self) -> String {
        let at = self.at.to_string();
        let mut hash = Sha256::new().chain_update([0]);
        for part in [self.org, self.event, &at, self.actor, self.kind, self.target, self.data_hash] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex(&hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_entries_share_a_leaf_by_moving_bytes_between_fields() {
        let entry = Entry { org: "org_1", event: "evt_1", at: 5, actor: "ab", kind: "c", target: "t", data_hash: "00" };
        let shifted = Entry { actor: "a", kind: "bc", ..entry };
        assert_ne!(entry.leaf_hash(), shifted.leaf_hash());
        assert_eq!(entry.leaf_hash().len(), 64);
    }
}
