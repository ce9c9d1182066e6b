//! What we show a provider to be taken for ourselves.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;

/// How long a signed secret is good for, in seconds: it is made for one request.
const SIGNED_LIFETIME_S: i64 = 300;
/// Before the key in PKCS#8 of a P-256 key (RFC 5208, RFC 5915): the algorithm and the curve.
const P256_ALGORITHM: &[u8] = &[
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
    0x01, 0x07,
];
/// Before the number itself: version 1, and 32 bytes to come.
const PRIVATE_NUMBER: &[u8] = &[0x02, 0x01, 0x01, 0x04, 0x20];

/// A client's secret. Never printed.
#[derive(Clone)]
pub enum ClientSecret {
    /// A public client: PKCE alone ties its code to it.
    None,
    Text(String),
    Apple(AppleKey),
}

/// The key with which Apple has its clients sign a secret for each request.
#[derive(Clone)]
pub struct AppleKey {
    pub team_id: String,
    pub key_id: String,
    key: SigningKey,
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Text(_) => "Text(…)",
            Self::Apple(_) => "Apple(…)",
        })
    }
}

impl AppleKey {
    /// `None` when `pem` is not a P-256 key as Apple's `.p8` files have it.
    pub fn read(team_id: &str, key_id: &str, pem: &str) -> Option<Self> {
        let body = pem.split_once("-----BEGIN PRIVATE KEY-----")?.1.split_once("-----END PRIVATE KEY-----")?.0;
        // Whoever writes the file into one line writes its line breaks as they like.
        let digits: String = body.replace("\\n", "").chars().filter(|c| !c.is_whitespace()).collect();
        let der = STANDARD.decode(digits).ok()?;
        let after_algorithm = after(&der, P256_ALGORITHM)?;
        let number = after(after_algorithm, PRIVATE_NUMBER)?.get(..32)?;
        let key = SigningKey::from_slice(number).ok()?;
        Some(Self { team_id: team_id.to_owned(), key_id: key_id.to_owned(), key })
    }

    /// The secret of this client, for an issuer and for now.
    pub(crate) fn secret(&self, client_id: &str, issuer: &str, now_s: i64) -> String {
        let header = json!({"alg": "ES256", "kid": self.key_id});
        let claims = json!({
            "iss": self.team_id, "iat": now_s, "exp": now_s.saturating_add(SIGNED_LIFETIME_S), "aud": issuer, "sub": client_id,
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

/// What follows the first place where `part` stands.
fn after<'a>(bytes: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    let at = bytes.windows(part.len()).position(|window| window == part)?;
    bytes.get(at + part.len()..)
}
