//! Signed tokens: the compact serialization of RFC 7515, with the rules of RFC 8725.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::claims::Claims;
use crate::jwk::KeySet;

/// Longest token that is looked at.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// The algorithms that are believed. There is no `none` here and none with a shared secret, so nobody can ask for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// Why a token is not believed, as a person who sets up a provider would have to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    #[error("is no signed token")]
    Malformed,
    #[error("is longer than {TOKEN_BYTES_MAX} bytes")]
    TooLong,
    #[error("is signed with another algorithm than RS256, ES256 or EdDSA")]
    Algorithm,
    #[error("asks for extensions that are not understood")]
    Critical,
    #[error("is a token of another type")]
    Type,
    /// The one fault that newer keys may cure.
    #[error("is signed with a key that the issuer does not publish")]
    UnknownKey,
    #[error("names a key that is for another algorithm")]
    KeyDoesNotFit,
    #[error("is not signed by the key that it names")]
    Signature,
}

/// A token taken apart. Nothing of what it claims is known yet.
#[derive(Debug)]
pub struct Token<'a> {
    algorithm: Algorithm,
    kid: Option<String>,
    /// What is signed.
    signed: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

/// A member that is there twice is an error, so that no two readers of one token take different ones.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<IgnoredAny>,
    b64: Option<IgnoredAny>,
}

impl<'a> Token<'a> {
    /// Takes a token apart. What its header says of keys (`jwk`, `jku`, `x5c`, `x5u`) is never looked at: a forger could say it too.
    ///
    /// # Errors
    /// When it is not a token that could be verified.
    pub fn read(text: &'a str) -> Result<Self, TokenFault> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err(TokenFault::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(TokenFault::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenFault::Malformed)?;
        if payload.contains('.') {
            return Err(TokenFault::Malformed);
        }
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| TokenFault::Malformed)?;
        let algorithm = Algorithm::named(&header.alg).ok_or(TokenFault::Algorithm)?;
        if header.crit.is_some() || header.b64.is_some() {
            return Err(TokenFault::Critical);
        }
        let is_expected_type = header.typ.as_deref().is_none_or(|typ| {
            let typ = typ.to_ascii_lowercase();
            matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt")
        });
        if !is_expected_type {
            return Err(TokenFault::Type);
        }
        Ok(Self { algorithm, kid: header.kid, signed, payload, signature: decode(signature)? })
    }

    /// What the token claims, once one of the keys has been found to have signed it.
    ///
    /// # Errors
    /// When none of them has, or the claims cannot be read.
    pub fn verify(&self, keys: &KeySet) -> Result<Claims, TokenFault> {
        let named = keys.iter().filter(|key| self.kid.is_none() || key.kid == self.kid);
        let (fitting, others): (Vec<_>, Vec<_>) = named.partition(|key| key.algorithm() == self.algorithm);
        match (self.kid.is_some(), fitting.as_slice()) {
            (true, []) if !others.is_empty() => return Err(TokenFault::KeyDoesNotFit),
            (_, []) => return Err(TokenFault::UnknownKey),
            // Which of several it is, the token has to say.
            (false, [_, _, ..]) => return Err(TokenFault::UnknownKey),
            _ => {}
        }
        if !fitting.iter().any(|key| key.verifies(self.signed.as_bytes(), &self.signature)) {
            return Err(TokenFault::Signature);
        }
        Claims::read(&decode(self.payload)?).ok_or(TokenFault::Malformed)
    }

    /// Whether it claims to come from this issuer: what does not is refused before any work is done for it. Proves nothing.
    pub fn claims_to_be_of(&self, issuer: &str) -> bool {
        let claims = decode(self.payload).ok().and_then(|bytes| Claims::read(&bytes));
        claims.is_some_and(|claims| claims.is_of(issuer))
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenFault> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed)
}

#[cfg(test)]
mod tests;
