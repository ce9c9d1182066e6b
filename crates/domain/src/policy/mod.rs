//! What a role may do, as data: the difference between one product's team page and another's is a document, not code.
//!
//! Presets are compiled in from `policies/*.toml`. An organization names its rules by the hash of their document, and
//! documents are kept, so a decision of the past can be read with the rules of its day.

pub mod bounds;
mod check;
mod document;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod mistakes;
mod page;
mod read;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use check::{OWN_PERMISSIONS, is_own};
pub use document::{
    Holders, Invitation, KeyFate, LeaverKeys, MistakeKind, OrganizationsPerPerson, Plan, Policy, PolicyFault,
    PolicyMistake, Projects, Role, SeatMode, Seats, TopRole,
};
pub use page::page;

include!(concat!(env!("OUT_DIR"), "/presets.rs"));

/// A policy that ships with Latchkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    pub name: &'static str,
    /// Lower-case hex of SHA-256 over `document`.
    pub hash: &'static str,
    /// JSON, as stored with the organizations that use it.
    pub document: &'static str,
}

type Source = Preset;

/// All presets, by name.
pub fn presets() -> &'static [Preset] {
    SOURCES
}

/// The preset of that name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    SOURCES.iter().find(|p| p.name == name)
}

/// Whether a policy goes by a preset's name and says something else.
pub fn is_imposter(policy: &Policy) -> bool {
    preset(&policy.name).is_some() && preset_of(policy).is_none()
}

/// The preset that says the same, word for word.
pub(crate) fn preset_of(policy: &Policy) -> Option<&'static Preset> {
    preset(&policy.name).filter(|preset| load(preset.hash, None).is_ok_and(|rules| *rules == *policy))
}

/// The hashes of all presets as a JSON list: the documents that a statement need not return.
pub fn preset_hashes_json() -> &'static str {
    static HASHES: OnceLock<String> = OnceLock::new();
    HASHES.get_or_init(|| {
        let quoted: Vec<String> = SOURCES.iter().map(|p| format!("\"{}\"", p.hash)).collect();
        format!("[{}]", quoted.join(","))
    })
}

/// The policy with that hash, parsed once per process. `document` is needed unless it is a preset's.
///
/// # Errors
/// When the document is not a valid policy, or is missing.
pub fn load(hash: &str, document: Option<&str>) -> Result<Arc<Policy>, PolicyFault> {
    static PARSED: Mutex<BTreeMap<String, Arc<Policy>>> = Mutex::new(BTreeMap::new());
    // A handful of documents is ever in use at once; the bound keeps a busy instance from remembering all that passed by.
    const PARSED_MAX: usize = 64;
    let mut parsed = PARSED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(policy) = parsed.get(hash) {
        return Ok(Arc::clone(policy));
    }
    let document =
        document.or_else(|| SOURCES.iter().find(|p| p.hash == hash).map(|p| p.document)).ok_or(PolicyFault::Missing)?;
    let policy = Arc::new(Policy::stored(document)?);
    if parsed.len() >= PARSED_MAX {
        parsed.clear();
    }
    parsed.insert(hash.to_owned(), Arc::clone(&policy));
    Ok(policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_valid_policy_under_its_own_name() {
        for preset in presets() {
            let policy = Policy::parse(preset.document).unwrap_or_else(|e| unreachable!("{}: {e}", preset.name));
            assert_eq!(policy.name, preset.name);
            assert_eq!(load(preset.hash, None).as_deref(), Ok(&policy));
            assert_eq!(policy.sealed().hash, preset.hash);
        }
        assert!(preset("credentials").is_some());
    }
}
