//! What a token says, and what it must say to be believed (OpenID Connect Core 1.0, 3.1.3.7; RFC 7519; RFC 9068).

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// How far clocks may differ, in seconds.
pub const LEEWAY_S: i64 = 60;
/// Longest subject (OpenID Connect Core 1.0, 2).
const SUBJECT_BYTES_MAX: usize = 255;

/// What a verified token says. Believed only through [`Claims::check`].
#[derive(Debug, Clone)]
pub struct Claims {
    read: Read,
    all: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct Read {
    iss: Option<String>,
    sub: Option<String>,
    #[serde(default)]
    aud: Audience,
    azp: Option<String>,
    #[serde(default, deserialize_with = "seconds")]
    exp: Option<i64>,
    #[serde(default, deserialize_with = "seconds")]
    nbf: Option<i64>,
    #[serde(default, deserialize_with = "seconds")]
    iat: Option<i64>,
    nonce: Option<String>,
}

/// One audience or several.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(untagged)]
enum Audience {
    #[default]
    Nobody,
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn as_slice(&self) -> &[String] {
        match self {
            Self::Nobody => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }
}

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub audience: &'a str,
    /// Seconds since 1970.
    pub now_s: i64,
    pub kind: Kind<'a>,
}

/// What sort of token is expected.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'a> {
    /// An ID token, made for the audience as the client and for the one sign-in with this nonce.
    Id { nonce: &'a str },
    /// A bearer token for the audience as an API, with claims that every such token must have. Its end is sharp: what is kept of a
    /// token that was revoked is kept until then.
    Bearer { required: &'a [(String, Value)] },
}

/// Why a token that its issuer has signed is not believed all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsFault {
    #[error("is of another issuer")]
    Issuer,
    #[error("is for somebody else")]
    Audience,
    #[error("was given to another client")]
    AuthorizedParty,
    #[error("has expired, or says no end")]
    Expired,
    #[error("is not valid yet")]
    NotYet,
    #[error("is of another sign-in")]
    Nonce,
    #[error("names nobody")]
    Subject,
    #[error("has not the claim {0} that it must have")]
    Required(String),
}

/// What an address counts as of which the issuer does not say whether it has verified it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenUnsaid {
    Verified,
    Unverified,
}

/// A person, as an issuer names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub issuer: String,
    /// The issuer's own name for the person: never given to another, while an address may be.
    pub subject: String,
    pub email: Option<String>,
    /// `None`: the issuer does not say.
    pub email_verified: Option<bool>,
    pub name: Option<String>,
    /// When the token was made, in seconds since 1970.
    pub issued_at_s: i64,
    /// When the person last showed the issuer who they are, in seconds since 1970, if it says.
    pub authenticated_at_s: Option<i64>,
    /// When the token ends, in seconds since 1970.
    pub expires_at_s: i64,
}

impl Claims {
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let read: Read = serde_json::from_slice(bytes).ok()?;
        let all: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
        Some(Self { read, all })
    }

    pub(crate) fn is_of(&self, issuer: &str) -> bool {
        self.read.iss.as_deref() == Some(issuer)
    }

    /// Who the token is about.
    ///
    /// # Errors
    /// When it is not for us, not now, or not for this occasion.
    pub fn check(&self, expected: &Expected<'_>) -> Result<Person, ClaimsFault> {
        let claims = &self.read;
        if !self.is_of(expected.issuer) {
            return Err(ClaimsFault::Issuer);
        }
        let audience = claims.aud.as_slice();
        if !audience.iter().any(|one| one == expected.audience) {
            return Err(ClaimsFault::Audience);
        }
        let expires_at_s = claims.exp.ok_or(ClaimsFault::Expired)?;
        let issued_at_s = match (claims.iat, expected.kind) {
            (Some(at), _) => at,
            (None, Kind::Bearer { .. }) => claims.nbf.unwrap_or(expected.now_s),
            (None, Kind::Id { .. }) => return Err(ClaimsFault::NotYet),
        };
        let leeway_s = match expected.kind {
            Kind::Id { nonce } => {
                let is_ours = |party: &str| party == expected.audience;
                if !claims.azp.as_deref().map_or(audience.len() == 1, is_ours) {
                    return Err(ClaimsFault::AuthorizedParty);
                }
                if claims.nonce.as_deref() != Some(nonce) {
                    return Err(ClaimsFault::Nonce);
                }
                LEEWAY_S
            }
            Kind::Bearer { required } => {
                let lacking = required.iter().find(|(name, value)| self.all.get(name) != Some(value));
                if let Some((name, _)) = lacking {
                    return Err(ClaimsFault::Required(name.clone()));
                }
                0
            }
        };
        if expires_at_s.saturating_add(leeway_s) <= expected.now_s {
            return Err(ClaimsFault::Expired);
        }
        let soon = expected.now_s.saturating_add(LEEWAY_S);
        if issued_at_s > soon || claims.nbf.is_some_and(|from| from > soon) {
            return Err(ClaimsFault::NotYet);
        }
        let subject = claims.sub.clone().filter(|sub| is_subject(sub)).ok_or(ClaimsFault::Subject)?;
        let about = About::of(&self.all);
        Ok(Person {
            issuer: expected.issuer.to_owned(),
            subject,
            email: about.email,
            email_verified: about.email_verified,
            name: about.name,
            issued_at_s,
            authenticated_at_s: self.all.get("auth_time").and_then(whole_seconds),
            expires_at_s,
        })
    }
}

impl Person {
    /// The address, if it counts as verified: the issuer says so, or says nothing and is trusted in that.
    pub fn verified_email(&self, when_unsaid: WhenUnsaid) -> Option<&str> {
        let is_verified = self.email_verified.unwrap_or(when_unsaid == WhenUnsaid::Verified);
        self.email.as_deref().filter(|_| is_verified)
    }

    /// The same with what the issuer's user info says, where the token itself did not.
    ///
    /// # Errors
    /// When that is about another person.
    pub fn with(self, user_info: &Value) -> Result<Self, ClaimsFault> {
        let all = user_info.as_object().ok_or(ClaimsFault::Subject)?;
        if all.get("sub").and_then(Value::as_str) != Some(self.subject.as_str()) {
            return Err(ClaimsFault::Subject);
        }
        let about = About::of(all);
        let name = self.name.clone().or(about.name);
        Ok(Self { email: about.email, email_verified: about.email_verified, name, ..self })
    }
}

/// What is said of a person beside who they are.
struct About {
    email: Option<String>,
    email_verified: Option<bool>,
    name: Option<String>,
}

impl About {
    fn of(all: &Map<String, Value>) -> Self {
        let text = |name: &str| all.get(name).and_then(Value::as_str).filter(|it| !it.is_empty()).map(str::to_owned);
        // Apple writes the word as text.
        let email_verified = match all.get("email_verified") {
            None | Some(Value::Null) => None,
            Some(Value::Bool(is_verified)) => Some(*is_verified),
            Some(word) => Some(word == "true"),
        };
        Self { email: text("email"), email_verified, name: text("name") }
    }
}

fn is_subject(text: &str) -> bool {
    (1..=SUBJECT_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// Moments are numbers, of which some issuers write fractions.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if value.is_null() {
        return Ok(None);
    }
    whole_seconds(&value).map(Some).ok_or_else(|| serde::de::Error::custom("a moment is a number of seconds"))
}

#[allow(clippy::cast_possible_truncation, reason = "bounded before")]
fn whole_seconds(value: &Value) -> Option<i64> {
    const YEAR_9999: f64 = 253_402_300_799.0;
    let within = |seconds: &f64| (0.0..=YEAR_9999).contains(seconds);
    value.as_f64().filter(within).map(|seconds| seconds as i64)
}
