//! OAuth clients: what their secret looks like, and the token that they get for it.
//!
//! The secret is `lkc_`, 64 digits and eight of a checksum, all hexadecimal: `lkc_[0-9a-f]{72}`. As with API keys, the checksum
//! tells a scanner that it has found one.
//!
//! The token is a JWT (RFC 9068) signed with Ed25519, by a key derived from the deployment key that it names.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::json;

use crate::key::with_checksum;
use crate::policy::Policy;
use crate::secret::SecretKey;
use crate::signing::{PublicKey, SigningKey};
use crate::{OauthClientId, OrgId};

/// What every client's secret starts with.
pub const SECRET_PREFIX: &str = "lkc_";
/// How long a token lives, in seconds: as long as a client that was revoked may go on with one.
pub const TOKEN_LIFETIME_S: i64 = 600;
/// What the keys that sign tokens are derived for.
const PURPOSE: &str = "oauth";

/// What a token says (RFC 9068, 2.2), in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims<'a> {
    /// Who issued it.
    pub iss: &'a str,
    /// The client, which acts for itself.
    pub sub: &'a OauthClientId,
    pub client_id: &'a OauthClientId,
    /// Whom it is for.
    pub aud: &'a str,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    pub iat: i64,
    pub jti: &'a str,
    /// What it is good for, separated by blanks.
    pub scope: &'a str,
    /// The client's organization.
    pub org: &'a OrgId,
}

/// Signs a token.
pub fn sign(key: &SecretKey, claims: &Claims<'_>) -> String {
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": key.id()});
    let signed = format!("{}.{}", part(header.to_string()), part(json!(claims).to_string()));
    let signature = SigningKey::derive(key, PURPOSE).sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// What the tokens signed with this deployment key are checked with.
pub fn public_key(key: &SecretKey) -> PublicKey {
    SigningKey::derive(key, PURPOSE).public()
}

/// All that a client may do now: what was chosen for it, as far as the role of whoever made it still has it under these rules.
pub fn may(policy: &Policy, role: &str, scopes: &BTreeSet<String>) -> BTreeSet<String> {
    policy.role(role).map(|role| scopes.iter().filter(|it| role.has(it)).cloned().collect()).unwrap_or_default()
}

/// Puts a client's secret together.
pub(crate) fn client_secret(secret: &str) -> String {
    with_checksum(&format!("{SECRET_PREFIX}{secret}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;
    use crate::secret::SecretKeys;
    use uuid::Uuid;

    #[test]
    fn a_client_may_what_its_makers_role_still_has() {
        let preset = policy::preset("credentials").unwrap_or_else(|| unreachable!());
        let policy = policy::load(preset.hash, Some(preset.document)).unwrap_or_else(|e| unreachable!("{e}"));
        let scopes: BTreeSet<String> = ["org.read", "owner.transfer", "made.up"].map(str::to_owned).into();
        let may = |role| may(&policy, role, &scopes).into_iter().collect::<Vec<_>>();
        assert_eq!(may("owner"), ["org.read", "owner.transfer"]);
        assert_eq!(may("admin"), ["org.read"]);
        assert_eq!(may("emperor"), Vec::<String>::new());
    }

    #[test]
    fn a_secret_is_told_by_its_form_and_another_in_each_generation() {
        let keys = SecretKeys::parse(&format!("a:{}", "11".repeat(32))).unwrap_or_else(|e| unreachable!("{e}"));
        let id = OauthClientId::new(Uuid::from_u128(7));
        let secret = |generation| keys.signing().map(|key| key.client_secret(&id, generation)).unwrap_or_default();
        let (first, second) = (secret(1), secret(2));
        assert_ne!(first, second);
        for secret in [first, second] {
            assert_eq!(secret.len(), 76);
            let (text, checksum) = secret.split_at(68);
            assert_eq!(format!("{:08x}", crc32fast::hash(text.as_bytes())), checksum);
        }
    }
}
