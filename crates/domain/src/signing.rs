//! Ed25519 (RFC 8032): what the service signs with, and what others check it with.
//!
//! A signing key is derived from a deployment key, one for each purpose, so that nothing more has to be kept secret.

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, VerifyingKey};

use crate::secret::SecretKey;

/// The purpose of the keys that sign checkpoints of logs.
pub const LOG: &str = "log";

/// A key that signs. Never printed.
pub struct SigningKey(ed25519_dalek::SigningKey);

/// What a signature is checked with: 32 bytes, as RFC 8032 encodes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

impl SigningKey {
    /// The key of this deployment key for that purpose.
    pub fn derive(key: &SecretKey, purpose: &str) -> Self {
        Self::from_seed(&key.signing_seed(purpose))
    }

    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl PublicKey {
    /// Whether the signature is this key's, by the strict rules: no message has two signatures, and no weak key signs.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = VerifyingKey::from_bytes(&self.0);
        let signature = Signature::from_slice(signature);
        key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{SecretKeys, hex, unhex};

    #[test]
    fn it_signs_as_rfc_8032_says() {
        let seed = unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap_or_default();
        let key = SigningKey::from_seed(&seed);
        assert_eq!(hex(&key.public().0), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        let signature = key.sign(b"");
        assert_eq!(
            hex(&signature),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        );
        assert!(key.public().verifies(b"", &signature));
        assert!(
            !key.public().verifies(b"x", &signature)
                && !key.public().verifies(b"", signature.get(1..).unwrap_or_default())
        );
    }

    #[test]
    fn each_deployment_key_signs_with_another_key_for_each_purpose() {
        let keys = SecretKeys::parse(&format!("a:{},b:{}", "11".repeat(32), "22".repeat(32)));
        let keys = keys.unwrap_or_else(|e| unreachable!("{e}"));
        let mut public: Vec<[u8; 32]> = keys
            .iter()
            .flat_map(|key| [LOG, "oauth"].map(|purpose| SigningKey::derive(key, purpose).public().0))
            .collect();
        public.sort_unstable();
        public.dedup();
        assert_eq!(public.len(), 4);
        assert_eq!(
            keys.iter().map(|key| format!("{:?}", SigningKey::derive(key, LOG))).next(),
            Some("SigningKey(…)".to_owned())
        );
    }
}
