//! Checkpoints, proofs and raw events.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use latchkey_domain::checkpoint::{self, LogFault};
use latchkey_domain::merkle::{self, Hash, Nodes, Tree};
use latchkey_domain::note::VerifierKey;
use latchkey_domain::secret::{SecretKeys, unhex};
use latchkey_domain::signing::{LOG, SigningKey};
use latchkey_domain::{OrgId, Refusal};
use latchkey_store::checkpoint::{ConsistencyFacts, InclusionFacts, LogEntry};

use crate::model::{Checkpoint, ConsistencyProof, InclusionProof, LogKey, LogKeys};
use crate::{Problem, Settings, Timestamp};

/// A checkpoint, as it was signed.
pub fn checkpoint(checkpoint: &checkpoint::Checkpoint) -> Checkpoint {
    Checkpoint {
        size: checkpoint.size,
        root_hash: unhex(&checkpoint.root).as_ref().map(merkle::to_base64).unwrap_or_default(),
        created_at: Timestamp(checkpoint.at),
        note: checkpoint.note.clone(),
    }
}

/// The proof that an event is in the tree.
///
/// # Errors
/// There is no such event, the tree ends before it, no checkpoint covers it yet, or the stored tree is incomplete.
pub fn inclusion_proof(facts: &InclusionFacts) -> Result<InclusionProof, Problem> {
    let (Some(version), Some(event), Some(leaf)) = (facts.version, &facts.event, &facts.leaf) else {
        return Err(Problem::not_found("event"));
    };
    if version.max(facts.size) > facts.newest {
        return Err(Refusal::NotYetCheckpointed { size: facts.newest }.into());
    }
    if version > facts.size {
        let message = format!("This must be at least {version}, the version of the event.");
        return Err(Problem::field("size", "out_of_range", message));
    }
    let nodes = facts.nodes.by_place();
    let hashes = merkle::inclusion(version.saturating_sub(1), facts.size, &nodes);
    Ok(InclusionProof {
        event: event.clone(),
        version,
        leaf_hash: merkle::to_base64(&unhex(leaf).ok_or(LogFault::NoHash(version))?),
        size: facts.size,
        root_hash: root(facts.size, &nodes)?,
        hashes: texts(&hashes.ok_or(LogFault::OtherTree(facts.size))?),
    })
}

/// The proof that a tree goes on from an earlier one.
///
/// # Errors
/// The later is the earlier one, no checkpoint covers it yet, or the stored tree is incomplete.
pub fn consistency_proof(from: u64, facts: &ConsistencyFacts) -> Result<ConsistencyProof, Problem> {
    let to = facts.to;
    if from.max(to) > facts.newest {
        return Err(Refusal::NotYetCheckpointed { size: facts.newest }.into());
    }
    if to < from {
        return Err(Problem::field("to", "out_of_range", format!("This must be at least {from}, which is `from`.")));
    }
    let nodes = facts.nodes.by_place();
    Ok(ConsistencyProof {
        from,
        to,
        from_root_hash: root(from, &nodes)?,
        to_root_hash: root(to, &nodes)?,
        hashes: texts(&merkle::consistency(from, to, &nodes).ok_or(LogFault::OtherTree(to))?),
    })
}

/// What the checkpoints of the configured keys are checked with.
pub fn log_keys(keys: &SecretKeys, settings: &Settings, org: Option<&OrgId>) -> LogKeys {
    let origin = org.map(|org| settings.log_origin(org));
    let key = |(place, key)| {
        let public = SigningKey::derive(key, LOG).public();
        LogKey {
            algorithm: "Ed25519".to_owned(),
            public_key: STANDARD.encode(public.0),
            verifier_key: origin.clone().map(|name| VerifierKey { name, key: public }.to_string()),
            signs: place == 0,
        }
    };
    LogKeys { keys: keys.iter().enumerate().map(key).collect(), origin }
}

/// Events as they are stored, one a line.
///
/// # Errors
/// An event that cannot be written, which would be a bug.
pub fn ndjson(entries: &[LogEntry]) -> Result<Vec<u8>, Problem> {
    let mut lines = Vec::new();
    for entry in entries {
        let written = serde_json::to_writer(&mut lines, entry);
        written.map_err(|error| Problem::internal(format!("event {} cannot be written: {error}", entry.id)))?;
        lines.push(b'\n');
    }
    Ok(lines)
}

fn root(size: u64, nodes: &Nodes) -> Result<String, LogFault> {
    Tree::of(size, nodes).map(|tree| merkle::to_base64(&tree.root())).ok_or(LogFault::OtherTree(size))
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(merkle::to_base64).collect()
}
