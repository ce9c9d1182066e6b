//! Signatures as Standard Webhooks 1.0.0 describes them: HMAC-SHA256 over `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What a secret begins with, in the form in which people pass it on.
pub const SECRET_PREFIX: &str = "whsec_";
/// What the standard wants a secret to have at least, in bytes.
pub const SECRET_BYTES_MIN: usize = 24;
/// What the standard wants a secret to have at most, in bytes.
pub const SECRET_BYTES_MAX: usize = 64;

/// The headers of a message, which each of the secrets signs. `at_s` is in seconds since 1970.
pub fn headers(secrets: &[SigningSecret], id: &str, at_s: i64, body: &[u8]) -> [(&'static str, String); 3] {
    let signatures: Vec<String> = secrets.iter().map(|secret| secret.sign(id, at_s, body)).collect();
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", at_s.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ]
}

/// A secret that both sides have.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningSecret(..)")
    }
}

impl SigningSecret {
    /// Reads `whsec_` and Base64. `None` for anything else, and for a secret that is too short or too long.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(SECRET_PREFIX)?).ok()?;
        (SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// A secret of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }

    /// The form in which people pass it on.
    pub fn text(&self) -> String {
        format!("{SECRET_PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// One signature: `v1,` and Base64. `at_s` is in seconds since 1970.
    pub fn sign(&self, id: &str, at_s: i64, body: &[u8]) -> String {
        format!("v1,{}", STANDARD.encode(self.mac(id, at_s, body).finalize().into_bytes()))
    }

    /// Whether one of the signatures, separated by blanks, is this secret's.
    pub fn verifies(&self, signatures: &str, id: &str, at_s: i64, body: &[u8]) -> bool {
        let of_version_1 = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,"));
        // Over the body once, however many signatures claim to be of it.
        let mac = self.mac(id, at_s, body);
        // Compared by the library, in a time that does not depend on what is right about it.
        of_version_1.filter_map(|one| STANDARD.decode(one).ok()).any(|one| mac.clone().verify_slice(&one).is_ok())
    }

    fn mac(&self, id: &str, at_s: i64, body: &[u8]) -> Hmac<Sha256> {
        // A key of any length is a key.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).unwrap_or_else(|_| unreachable!());
        mac.update(format!("{id}.{at_s}.").as_bytes());
        mac.update(body);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard's own reference implementations.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn the_standards_example_is_signed_as_it_says() {
        let secret = SigningSecret::parse(SECRET).unwrap_or_else(|| unreachable!());
        let body = br#"{"test": 2432232314}"#;
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(secret.text(), SECRET);
    }

    #[test]
    fn a_signature_is_of_one_id_one_time_and_one_body() {
        let secret = SigningSecret::new([7; 32]);
        let signature = secret.sign("a", 1, b"x");
        assert!(secret.verifies(&format!("v1,AAAA v2,nothing {signature}"), "a", 1, b"x"));
        assert!(!secret.verifies(&signature, "b", 1, b"x"));
        assert!(!secret.verifies(&signature, "a", 2, b"x"));
        assert!(!secret.verifies(&signature, "a", 1, b"y"));
        assert!(!secret.verifies("", "a", 1, b"x"));
        assert!(!SigningSecret::new([8; 32]).verifies(&signature, "a", 1, b"x"));
    }

    #[test]
    fn a_secret_is_base64_of_a_proper_length_behind_its_prefix() {
        for wrong in ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!"] {
            assert_eq!(SigningSecret::parse(wrong), None, "{wrong}");
        }
        assert_eq!(SigningSecret::parse(&SigningSecret::new([7; 32]).text()), Some(SigningSecret::new([7; 32])));
    }
}
