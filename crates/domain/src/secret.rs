//! Secrets that are derived, not stored: HMAC-SHA-256(deployment key, kind ‖ id ‖ generation).
//!
//! A database without its deployment keys opens nothing, a replayed request shows the same secret again, and raising
//! the generation kills the old one. Keys have names, so that a new one can take over while the old still verifies.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::key::{self, LABEL_DIGITS};
use crate::{
    ApiKeyId, ChallengeId, InvitationId, LinkId, OauthClientId, OidcStateId, OrgId, SessionId, WebhookId, oauth,
};

/// A link keeps its token for life: another one is another link.
pub const LINK_GENERATION: u64 = 1;

/// A sign-in is begun once.
pub const STATE_GENERATION: u64 = 1;

/// The deployment's keys, the one that signs first.
#[derive(Clone)]
pub struct SecretKeys(Vec<SecretKey>);

/// One named key of 256 bits.
#[derive(Clone)]
pub struct SecretKey {
    id: String,
    bytes: [u8; 32],
}

/// What is wrong with a configured list of keys. Says nothing about their values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretKeysFault {
    #[error("no key is configured; give `name:` and 64 hexadecimal digits")]
    Empty,
    #[error("key number {0} is not `name:` and 64 hexadecimal digits")]
    Malformed(usize),
    #[error("two keys are called {0}")]
    Duplicate(String),
}

impl SecretKeys {
    /// Reads `name:hex64`, several separated by commas; the first signs, all verify.
    ///
    /// # Errors
    /// Names the key that is wrong by its place.
    pub fn parse(text: &str) -> Result<Self, SecretKeysFault> {
        let mut keys: Vec<SecretKey> = Vec::new();
        for (i, part) in text.split(',').map(str::trim).filter(|p| !p.is_empty()).enumerate() {
            let key = SecretKey::parse(part).ok_or(SecretKeysFault::Malformed(i + 1))?;
            if keys.iter().any(|k| k.id == key.id) {
                return Err(SecretKeysFault::Duplicate(key.id));
            }
            keys.push(key);
        }
        if keys.is_empty() { Err(SecretKeysFault::Empty) } else { Ok(Self(keys)) }
    }

    /// The key for new secrets. `None` cannot happen after [`SecretKeys::parse`].
    pub fn signing(&self) -> Option<&SecretKey> {
        self.0.first()
    }

    /// All of them, the one that signs first.
    pub fn iter(&self) -> impl Iterator<Item = &SecretKey> {
        self.0.iter()
    }

    /// The key that a row names, unless it was retired.
    pub fn named(&self, id: &str) -> Option<&SecretKey> {
        self.0.iter().find(|k| k.id == id)
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|k| &k.id)).finish()
    }
}

impl SecretKey {
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The token mailed with an invitation: `lki_<digits of the id>_<64 hexadecimal digits>`.
    pub fn invitation_token(&self, invitation: &InvitationId, generation: u64) -> String {
        self.opening_token(invitation, generation)
    }

    /// The token of an invite link: `lkl_<digits of the id>_<64 hexadecimal digits>`.
    pub fn link_token(&self, link: &LinkId) -> String {
        self.opening_token(link, LINK_GENERATION)
    }

    fn opening_token<I: Opened>(&self, id: &I, generation: u64) -> String {
        format!("{}_{}_{}", I::TOKEN, id.digits(), hex(&self.derive(I::KIND, id.as_str(), generation)))
    }

    /// The bearer token of a session: `lks_` and 64 hexadecimal digits.
    pub fn session_token(&self, session: &SessionId) -> String {
        format!("lks_{}", hex(&self.derive("session", session.as_str(), 1)))
    }

    /// An API key's text in that generation, and the part of it that lists show.
    pub fn api_key(&self, id: &ApiKeyId, generation: u64) -> KeyText {
        let label: String =
            hex(&self.derive("api_key_label", id.as_str(), generation)).chars().take(LABEL_DIGITS).collect();
        let text = key::compose(&label, &hex(&self.derive("api_key", id.as_str(), generation)));
        KeyText { label, text }
    }

    /// The secret of an OAuth client in that generation.
    pub fn client_secret(&self, id: &OauthClientId, generation: u64) -> String {
        oauth::client_secret(&hex(&self.derive("oauth_client", id.as_str(), generation)))
    }

    /// What a webhook's messages are signed with.
    pub fn webhook_secret(&self, id: &WebhookId, generation: u64) -> [u8; 32] {
        self.derive("webhook", id.as_str(), generation)
    }

    /// What an identity provider hands back with its answer: `lko_<digits of the id>_<64 hexadecimal digits>`.
    pub fn oidc_state(&self, id: &OidcStateId) -> String {
        self.opening_token(id, STATE_GENERATION)
    }

    /// What an identity provider puts into the token of that sign-in, and of no other.
    pub fn oidc_nonce(&self, id: &OidcStateId) -> String {
        hex(&self.derive("oidc_nonce", id.as_str(), 1))
    }

    /// The PKCE verifier of that sign-in: 64 digits.
    pub fn oidc_verifier(&self, id: &OidcStateId) -> String {
        hex(&self.derive("oidc_verifier", id.as_str(), 1))
    }

    /// What a network is remembered by: a hash that tells nobody its address.
    pub fn client_hash(&self, network: &str) -> String {
        hex(&self.derive("client", network, 1)).chars().take(32).collect()
    }

    /// The six digits mailed for a sign-in.
    pub fn sign_in_code(&self, challenge: &ChallengeId) -> String {
        let bytes = self.derive("sign_in_code", challenge.as_str(), 1);
        // 64 bits modulo a million favours no code by more than one part in 10^13.
        let number = bytes.iter().take(8).fold(0_u64, |n, b| (n << 8) | u64::from(*b));
        format!("{:06}", number % 1_000_000)
    }

    /// The seed of the key that signs for this purpose, such as `log`.
    pub fn signing_seed(&self, purpose: &str) -> [u8; 32] {
        self.derive("signing_key", purpose, 1)
    }

    fn parse(text: &str) -> Option<Self> {
        let (id, digits) = text.split_once(':')?;
        let well_named =
            !id.is_empty() && id.len() <= 32 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let bytes = unhex(digits)?;
        well_named.then(|| Self { id: id.to_owned(), bytes })
    }

    fn mac(&self, kind: &str, id: &str, generation: u64) -> Option<Hmac<Sha256>> {
        // A key of 32 bytes is within what HMAC takes, so this is never `None`; it is a value all the same.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.bytes).ok()?;
        for part in [kind.as_bytes(), &[0], id.as_bytes(), &[0], &generation.to_be_bytes()] {
            mac.update(part);
        }
        Some(mac)
    }

    fn derive(&self, kind: &str, id: &str, generation: u64) -> [u8; 32] {
        self.mac(kind, id, generation).map(|mac| mac.finalize().into_bytes().into()).unwrap_or_default()
    }
}

/// An API key as it is shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText {
    /// The part that stays visible.
    pub label: String,
    /// All of it: a secret.
    pub text: String,
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyText({}…)", self.label)
    }
}

/// What a token opens: something with an id, from which the token's secret is derived.
pub trait Opened: Sized {
    /// What the secret is derived for.
    const KIND: &'static str;
    /// What the token starts with.
    const TOKEN: &'static str;

    /// From the digits of an id.
    fn of_digits(digits: &str) -> Option<Self>;
    fn as_str(&self) -> &str;
    fn digits(&self) -> &str;
}

macro_rules! opened {
    ($($type:ident: $kind:literal, $token:literal;)+) => {$(
        impl Opened for $type {
            const KIND: &'static str = $kind;
            const TOKEN: &'static str = $token;

            fn of_digits(digits: &str) -> Option<Self> {
                Self::parse(&format!("{}_{digits}", Self::PREFIX))
            }

            fn as_str(&self) -> &str {
                self.as_str()
            }

            fn digits(&self) -> &str {
                self.digits()
            }
        }
    )+};
}

opened! {
    InvitationId: "invitation", "lki";
    LinkId: "invite_link", "lkl";
    OidcStateId: "oidc_state", "lko";
}

/// A token that says what it opens; whether it does is for [`OpeningToken::opens`].
#[derive(Clone, PartialEq, Eq)]
pub struct OpeningToken<I> {
    id: I,
    mac: [u8; 32],
}

/// The token mailed with an invitation.
pub type InvitationToken = OpeningToken<InvitationId>;
/// What comes back from an identity provider.
pub type OidcState = OpeningToken<OidcStateId>;
/// The token of an invite link.
pub type LinkToken = OpeningToken<LinkId>;

impl<I: Opened> OpeningToken<I> {
    /// `None` for anything that could not be such a token.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, mac) = text.trim().strip_prefix(I::TOKEN)?.strip_prefix('_')?.split_once('_')?;
        Some(Self { id: I::of_digits(digits)?, mac: unhex(mac)? })
    }

    /// What it would open.
    pub fn id(&self) -> &I {
        &self.id
    }

    /// Whether this is the token of that generation, compared in constant time.
    pub fn opens(&self, keys: &SecretKeys, key_id: &str, generation: u64) -> bool {
        let mac = keys.named(key_id).and_then(|key| key.mac(I::KIND, self.id.as_str(), generation));
        mac.is_some_and(|mac| mac.verify_slice(&self.mac).is_ok())
    }
}

impl<I: Opened> fmt::Debug for OpeningToken<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.id.as_str())
    }
}

/// Where the proof of a domain stands in the DNS.
pub fn domain_record(domain: &str) -> String {
    format!("_latchkey-challenge.{domain}")
}

/// What proves a domain to be an organization's, as a text in its DNS. Whoever reads the DNS reads it, so it is no secret, and no key
/// goes into it: a proof lasts longer than deployment keys do. It names one organization and one domain and is good for no other.
pub fn domain_proof(org: &OrgId, domain: &str) -> String {
    let digest = hex(&Sha256::digest(format!("latchkey-domain\0{org}\0{domain}")));
    format!("latchkey-verification={}", digest.get(..40).unwrap_or_default())
}

/// How a bearer token is stored and found: lower-case hex of its SHA-256.
pub fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Compares two codes without telling by time where they differ.
pub fn codes_match(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |diff, (x, y)| diff | (x ^ y)) == 0
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |n: u8| DIGITS.get(usize::from(n)).copied().unwrap_or('0');
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// 32 bytes from 64 hexadecimal digits.
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, i) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(i..i + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn keys(text: &str) -> SecretKeys {
        SecretKeys::parse(text).unwrap_or_else(|e| unreachable!("{e}"))
    }

    fn two() -> SecretKeys {
        keys(&format!("new:{},old:{}", "11".repeat(32), "22".repeat(32)))
    }

    #[test]
    fn a_token_opens_its_invitation_in_its_generation_only() {
        let keys = two();
        let invitation = InvitationId::new(Uuid::from_u128(7));
        let token = keys.signing().map(|k| k.invitation_token(&invitation, 2)).unwrap_or_default();
        let parsed = InvitationToken::parse(&token);
        assert!(parsed.as_ref().is_some_and(|t| t.opens(&keys, "new", 2) && t.id() == &invitation));
        assert!(
            parsed
                .as_ref()
                .is_some_and(|t| !t.opens(&keys, "new", 1) && !t.opens(&keys, "old", 2) && !t.opens(&keys, "gone", 2))
        );
        assert_eq!(InvitationToken::parse("lki_zz_00"), None);
    }

    #[test]
    fn a_link_and_an_invitation_of_the_same_digits_share_no_token() {
        let keys = two();
        let (invitation, link) = (InvitationId::new(Uuid::from_u128(7)), LinkId::new(Uuid::from_u128(7)));
        let token = keys.signing().map(|k| k.link_token(&link)).unwrap_or_default();
        let parsed = LinkToken::parse(&token);
        assert!(parsed.is_some_and(|t| t.opens(&keys, "new", LINK_GENERATION) && t.id() == &link));
        assert_eq!(InvitationToken::parse(&token), None);
        let forged = InvitationToken::parse(&token.replacen("lkl", "lki", 1));
        assert!(forged.is_some_and(|t| t.id() == &invitation && !t.opens(&keys, "new", LINK_GENERATION)));
    }

    #[test]
    fn a_domain_is_proved_for_one_organization_and_as_the_page_says() {
        let org = |n| OrgId::new(Uuid::from_u128(n));
        let proof = domain_proof(&org(7), "acme.example");
        assert_eq!(proof, "latchkey-verification=df56ac3204072df97333c00db44b38ef68bc8ed1");
        assert_ne!(proof, domain_proof(&org(8), "acme.example"));
        assert_ne!(proof, domain_proof(&org(7), "b.acme.example"));
        assert_eq!(domain_record("acme.example"), "_latchkey-challenge.acme.example");
    }

    #[test]
    fn a_retired_key_verifies_until_it_is_taken_away() {
        let old = keys(&format!("old:{}", "22".repeat(32)));
        let invitation = InvitationId::new(Uuid::from_u128(7));
        let token = old.signing().map(|k| k.invitation_token(&invitation, 1)).unwrap_or_default();
        assert!(InvitationToken::parse(&token).is_some_and(|t| t.opens(&two(), "old", 1)));
    }

    #[test]
    fn codes_have_six_digits_and_keys_never_show() {
        let keys = two();
        for n in 0..200 {
            let code =
                keys.signing().map(|k| k.sign_in_code(&ChallengeId::new(Uuid::from_u128(n)))).unwrap_or_default();
            assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
        }
        assert_eq!(format!("{keys:?}"), r#"["new", "old"]"#);
    }

    #[test]
    fn a_wrong_list_of_keys_is_refused_by_place() {
        assert_eq!(SecretKeys::parse(" ").err(), Some(SecretKeysFault::Empty));
        assert_eq!(SecretKeys::parse("a:00").err(), Some(SecretKeysFault::Malformed(1)));
        let twice = format!("a:{0},a:{0}", "11".repeat(32));
        assert_eq!(SecretKeys::parse(&twice).err(), Some(SecretKeysFault::Duplicate("a".into())));
    }
}
