//! The public keys of an issuer (RFC 7517, RFC 7518, RFC 8037).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::BigUint;
use rsa::traits::PublicKeyParts as _;
use serde_json::Value;
use sha2::Sha256;

use crate::jws::Algorithm;

/// Keys that are looked at: more than any issuer needs while it changes them.
const KEYS_MAX: usize = 64;
/// Smallest RSA key that is believed (RFC 7518, 3.3). The largest is what the library takes: 4096.
const RSA_BITS_MIN: usize = 2048;

/// An issuer's public keys.
#[derive(Debug, Clone)]
pub struct KeySet(Vec<Jwk>);

/// Why a document is no set of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetFault {
    #[error("is no JSON Web Key Set")]
    Malformed,
    #[error("has no key that signs with RS256, ES256 or EdDSA")]
    NoKey,
}

/// One key, for one algorithm: a key never checks what another algorithm has signed.
#[derive(Debug, Clone)]
pub(crate) struct Jwk {
    pub(crate) kid: Option<String>,
    key: Key,
}

#[derive(Debug, Clone)]
enum Key {
    Rsa(rsa::RsaPublicKey),
    P256(p256::ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
}

impl KeySet {
    /// Reads a set. Keys of other kinds, and those that encrypt, are left out.
    ///
    /// # Errors
    /// When nothing in it could ever verify a token.
    pub fn read(bytes: &[u8]) -> Result<Self, KeySetFault> {
        let document: Value = serde_json::from_slice(bytes).map_err(|_| KeySetFault::Malformed)?;
        let keys = document.get("keys").and_then(Value::as_array).ok_or(KeySetFault::Malformed)?;
        let keys: Vec<Jwk> = keys.iter().take(KEYS_MAX).filter_map(Jwk::read).collect();
        if keys.is_empty() { Err(KeySetFault::NoKey) } else { Ok(Self(keys)) }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Jwk> {
        self.0.iter()
    }
}

impl Jwk {
    fn read(jwk: &Value) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let is_to_sign = text("use").is_none_or(|is| is == "sig");
        let verifies = jwk
            .get("key_ops")
            .is_none_or(|ops| ops.as_array().is_some_and(|ops| ops.iter().any(|operation| operation == "verify")));
        let key = match (text("kty")?, text("crv")) {
            ("RSA", _) => rsa(&bytes(text("n")?)?, &bytes(text("e")?)?)?,
            ("EC", Some("P-256")) => p256(&bytes(text("x")?)?, &bytes(text("y")?)?)?,
            ("OKP", Some("Ed25519")) => ed25519(&bytes(text("x")?)?)?,
            _ => return None,
        };
        let is_fit = text("alg").is_none_or(|alg| alg == key.algorithm().name());
        let kid = text("kid").map(str::to_owned);
        (is_to_sign && verifies && is_fit).then_some(Self { kid, key })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// Whether the signature is this key's over the message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Key::Rsa(key) => {
                use rsa::signature::Verifier as _;
                let key = rsa::pkcs1v15::VerifyingKey::<Sha256>::new(key.clone());
                rsa::pkcs1v15::Signature::try_from(signature).is_ok_and(|it| key.verify(message, &it).is_ok())
            }
            Key::P256(key) => {
                use p256::ecdsa::signature::Verifier as _;
                p256::ecdsa::Signature::from_slice(signature).is_ok_and(|it| key.verify(message, &it).is_ok())
            }
            Key::Ed25519(key) => {
                ed25519_dalek::Signature::from_slice(signature).is_ok_and(|it| key.verify_strict(message, &it).is_ok())
            }
        }
    }
}

impl Key {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn rsa(n: &[u8], e: &[u8]) -> Option<Key> {
    let key = rsa::RsaPublicKey::new(BigUint::from_bytes_be(n), BigUint::from_bytes_be(e)).ok()?;
    (key.n().bits() >= RSA_BITS_MIN).then_some(Key::Rsa(key))
}

/// A point that is not on the curve is no key.
fn p256(x: &[u8], y: &[u8]) -> Option<Key> {
    let (x, y): (&[u8; 32], &[u8; 32]) = (x.try_into().ok()?, y.try_into().ok()?);
    let point = p256::EncodedPoint::from_affine_coordinates(x.into(), y.into(), false);
    p256::ecdsa::VerifyingKey::from_encoded_point(&point).ok().map(Key::P256)
}

fn ed25519(x: &[u8]) -> Option<Key> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(x.try_into().ok()?).ok()?;
    (!key.is_weak()).then_some(Key::Ed25519(key))
}
