//! API keys: what their text looks like, and what they may do.
//!
//! The text is `lk_`, eight digits that stay visible in lists, `_`, 64 digits of secret and eight of a checksum, all
//! hexadecimal: `lk_[0-9a-f]{8}_[0-9a-f]{72}`. The checksum is the CRC-32 of everything before it, so that a scanner tells a
//! leaked key, and the service a mistyped one, without looking anything up.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::policy::Policy;

/// What every key starts with.
pub const KEY_PREFIX: &str = "lk_";
/// Digits of a key that lists show.
pub const LABEL_DIGITS: usize = 8;
const SECRET_DIGITS: usize = 64;
const CHECKSUM_DIGITS: usize = 8;

/// How a key's power is bounded besides by its holder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct KeyPower {
    /// Only these permissions; `None`: all that the holder has, whatever that comes to be.
    pub scopes: Option<BTreeSet<String>>,
    /// Of a key that outlived its holder's membership.
    pub kept: Option<Kept>,
}

/// What a key could do when its holder went: it is frozen at that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The holder's last role.
    pub role: String,
    pub permissions: BTreeSet<String>,
}

impl KeyPower {
    /// The role by which the key acts: its holder's, or the one that a kept key is frozen at.
    pub fn role<'a>(&'a self, holders: &'a str) -> &'a str {
        self.kept.as_ref().map_or(holders, |kept| kept.role.as_str())
    }

    /// Whether it is within what the role gives to keys, whatever the key is bound to besides.
    pub fn is_in_reach(&self, policy: &Policy, role: &str, permission: &str) -> bool {
        policy.role(self.role(role)).is_some_and(|role| role.holds_keys && role.has(permission))
    }

    /// Whether a key held in that role may do this under these rules.
    pub fn allows(&self, policy: &Policy, role: &str, permission: &str) -> bool {
        self.is_in_reach(policy, role, permission)
            && self.kept.as_ref().is_none_or(|kept| kept.permissions.contains(permission))
            && self.scopes.as_ref().is_none_or(|scopes| scopes.contains(permission))
    }
}

/// All that a key held in that role may do now: the role's permissions, of a kept key only those it is frozen at, within its
/// scopes. Nothing where the role may hold no keys.
pub fn may(policy: &Policy, role: &str, power: &KeyPower) -> BTreeSet<String> {
    let permissions = policy.role(power.role(role)).map(|role| role.permissions());
    permissions.into_iter().flatten().filter(|it| power.allows(policy, role, it)).cloned().collect()
}

/// Puts a key's text together.
pub fn compose(label: &str, secret: &str) -> String {
    with_checksum(&format!("{KEY_PREFIX}{label}_{secret}"))
}

/// A text with the CRC-32 of itself, by which it is recognized without a look-up.
pub(crate) fn with_checksum(text: &str) -> String {
    format!("{text}{:08x}", crc32fast::hash(text.as_bytes()))
}

/// Whether a text can be a key at all: its form and its checksum are right.
pub fn is_well_formed(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let Some((label, rest)) = text.strip_prefix(KEY_PREFIX).and_then(|rest| rest.split_once('_')) else { return false };
    let shaped =
        label.len() == LABEL_DIGITS && rest.len() == SECRET_DIGITS + CHECKSUM_DIGITS && digits(label) && digits(rest);
    shaped && rest.get(..SECRET_DIGITS).is_some_and(|secret| compose(label, secret) == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn every_single_typo_is_recognized() {
        let key = compose("0a1b2c3d", &"5e".repeat(32));
        assert!(is_well_formed(&key));
        for place in 0..key.len() {
            for digit in "0123456789abcdef".chars() {
                let mut typo: Vec<char> = key.chars().collect();
                if let Some(it) = typo.get_mut(place).filter(|it| **it != digit) {
                    *it = digit;
                    assert!(!is_well_formed(&typo.into_iter().collect::<String>()), "{place} {digit}");
                }
            }
        }
        for wrong in ["", "lk_", "lks_00", &key.to_uppercase(), &format!("{key}0"), &format!(" {key}")] {
            assert!(!is_well_formed(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_rule_for_scanners_is_the_one_that_is_written_down() {
        let page = include_str!("../../../docs/api-keys.md");
        assert!(page.contains("lk_[0-9a-f]{8}_[0-9a-f]{72}"));
        let example = compose("0a1b2c3d", &"5e".repeat(32));
        assert!(page.contains(&format!("`{example}`")), "{example}");
        // As the lines of Python there compute it, bit by bit: CRC-32 of IEEE 802.3, reflected.
        let (text, sum) = example.split_at(example.len() - CHECKSUM_DIGITS);
        let crc = text.bytes().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
        });
        assert_eq!(format!("{:08x}", !crc), sum);
    }

    #[test]
    fn a_key_may_what_its_holder_may_within_its_scopes() {
        let themes = policy::preset("themes").and_then(|p| policy::load(p.hash, Some(p.document)).ok());
        let policy = themes.unwrap_or_else(|| unreachable!("a preset"));
        let power = |scopes: Option<&[&str]>| KeyPower { scopes: scopes.map(set), kept: None };
        assert!(may(&policy, "member", &power(None)).contains("theme.download"));
        assert_eq!(
            may(&policy, "member", &power(Some(&["theme.download", "member.invite"]))),
            set(&["theme.download"])
        );
        assert_eq!(may(&policy, "viewer", &power(None)), set(&[]), "viewers hold no keys");
        let kept = Kept { role: "member".to_owned(), permissions: set(&["theme.download", "member.invite"]) };
        let kept = KeyPower { scopes: None, kept: Some(kept) };
        assert_eq!(may(&policy, "admin", &kept), set(&["theme.download"]), "never more than the rules say now");
    }
}
