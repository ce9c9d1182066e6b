//! What comes before a request's body, and what its headers say.

use std::net::{IpAddr, SocketAddr};

use latchkey_domain::key::{self, KEY_PREFIX};
use latchkey_domain::secret::token_hash;

use crate::limits::{IDEMPOTENCY_KEY_CHARS_MAX, JWT_BYTES_MAX, TOKEN_BYTES_MAX};
use crate::problem::Problem;

/// A request without its body. Names of headers are in lower case.
#[derive(Debug, Clone, Default)]
pub struct Head {
    pub method: String,
    /// As it was sent, not decoded.
    pub path: String,
    /// As it was sent, without `?`.
    pub query: String,
    pub headers: Vec<(String, String)>,
}

/// How a session came with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialSource {
    Bearer,
    Cookie,
}

/// What a token is, as its form tells. Whether it is good, the store knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    Session,
    ApiKey,
    /// Of an external issuer: it stands for a session once its signature was checked.
    Jwt,
}

/// A session's token or an API key, by its hash: nothing else of it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Lower-case hexadecimal SHA-256 of the token.
    pub token_hash: String,
    pub source: CredentialSource,
    pub kind: CredentialKind,
}

/// A client's name for a request that it may repeat: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Head {
    /// Splits a request target into path and query.
    pub fn new(method: &str, target: &str, mut headers: Vec<(String, String)>) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        headers.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase());
        Self { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), headers }
    }

    /// The last value of a header. Runtimes append their own headers to what a client sends, so the last one is the one
    /// to believe.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The token of `Authorization: Bearer`.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.trim().split_once(' ')?;
        let token = token.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= TOKEN_BYTES_MAX).then_some(token)
    }

    /// The bearer token, if it could be a JWT.
    pub fn jwt(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.trim().split_once(' ')?;
        let token = token.trim();
        // What a JSON object begins with in Base64url.
        let is_jwt = token.starts_with("eyJ") && token.split('.').count() == 3 && token.len() <= JWT_BYTES_MAX;
        (scheme.eq_ignore_ascii_case("bearer") && is_jwt).then_some(token)
    }

    /// The value of a cookie. Several `Cookie` headers count as one.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let headers = self.headers.iter().filter(|(key, _)| key == "cookie");
        headers
            .flat_map(|(_, value)| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.trim_matches('"'))
            .filter(|value| !value.is_empty() && value.len() <= TOKEN_BYTES_MAX)
    }

    /// The session's token, from `Authorization` or else from the cookie.
    pub fn credential(&self, cookie_name: &str) -> Option<Credential> {
        // A client that sends an Authorization header means it: a cookie beside it is not a second chance.
        if self.header("authorization").is_some() {
            if let Some(token) = self.jwt() {
                let (source, kind) = (CredentialSource::Bearer, CredentialKind::Jwt);
                return Some(Credential { token_hash: token_hash(token), source, kind });
            }
            let token = self.bearer()?;
            let kind = if token.starts_with(KEY_PREFIX) { CredentialKind::ApiKey } else { CredentialKind::Session };
            return Some(Credential { token_hash: token_hash(token), source: CredentialSource::Bearer, kind });
        }
        // A cookie holds a person's session. A key put there would pass for a person where only people may ask.
        let token = self.cookie(cookie_name).filter(|token| !token.starts_with(KEY_PREFIX))?;
        let (source, kind) = (CredentialSource::Cookie, CredentialKind::Session);
        Some(Credential { token_hash: token_hash(token), source, kind })
    }

    /// Whether the bearer token is an API key with a typo: its checksum tells, without a look into the store.
    pub fn has_mistyped_key(&self) -> bool {
        self.bearer().is_some_and(|token| token.starts_with(KEY_PREFIX) && !key::is_well_formed(token))
    }

    /// `Idempotency-Key`.
    ///
    /// # Errors
    /// 422 when it is empty, too long, or not visible ASCII.
    pub fn idempotency_key(&self) -> Result<Option<IdempotencyKey>, Problem> {
        let Some(key) = self.header("idempotency-key") else { return Ok(None) };
        let length_fits = (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&key.len());
        if length_fits && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Some(IdempotencyKey(key.to_owned())));
        }
        let message = format!("This must be 1 to {IDEMPOTENCY_KEY_CHARS_MAX} visible ASCII characters.");
        Err(Problem::field("Idempotency-Key", "invalid", message))
    }

    /// The version that `If-Match` asks for; `*` asks for none in particular.
    ///
    /// # Errors
    /// 422 when it is not one quoted version. Weak tags never match (RFC 9110, 13.1.1), so they are refused too.
    pub fn if_match(&self) -> Result<Option<u64>, Problem> {
        let Some(text) = self.header("if-match").map(str::trim).filter(|text| *text != "*") else { return Ok(None) };
        let version = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let digits = version.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(version) => Ok(Some(version)),
            None => Err(Problem::field("If-Match", "invalid", "This must be an ETag as it was given, such as \"7\".")),
        }
    }

    /// The address of the client: that of the connection, or, behind `proxy_hops` trusted proxies, what the outermost
    /// of them saw.
    pub fn client_addr(&self, proxy_hops: u8) -> Option<IpAddr> {
        let peer = self.header("spin-client-addr").and_then(parse_addr);
        let Some(steps) = usize::from(proxy_hops).checked_sub(1) else { return peer };
        // Each proxy appends the address it saw, so what a client made up stands to the left of what is counted here.
        let forwarded = self.headers.iter().filter(|(name, _)| name == "x-forwarded-for");
        let entries: Vec<&str> = forwarded.flat_map(|(_, value)| value.split(',')).map(str::trim).collect();
        entries.iter().rev().nth(steps).and_then(|entry| parse_addr(entry)).or(peer)
    }

    /// Whether the client would rather have HTML than JSON, as browsers do.
    pub fn prefers_html(&self) -> bool {
        let accept = self.header("accept").unwrap_or_default();
        let place = |kind: &str| accept.split(',').position(|part| part.split(';').next().unwrap_or("").trim() == kind);
        match (place("text/html"), place("application/json")) {
            (Some(html), Some(json)) => html < json,
            (html, _) => html.is_some(),
        }
    }
}

/// An address with or without a port: `192.0.2.1:80`, `[2001:db8::1]:80`, `2001:db8::1`.
fn parse_addr(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(with_port) = text.parse::<SocketAddr>() {
        return Some(with_port.ip().to_canonical());
    }
    text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok().map(|addr| addr.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn head(headers: &[(&str, &str)]) -> Head {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Head::new("GET", "/v1/me?a=b", headers)
    }

    #[test]
    fn a_bearer_token_wins_over_a_cookie_and_a_broken_one_is_no_cookie() {
        let both = head(&[("Authorization", "bearer abc"), ("cookie", "x=1; latchkey_session=def")]);
        let credential = both.credential("latchkey_session").unwrap();
        assert_eq!((credential.source, credential.token_hash), (CredentialSource::Bearer, token_hash("abc")));
        let cookie = head(&[("cookie", "x=1; latchkey_session=def")]).credential("latchkey_session").unwrap();
        assert_eq!((cookie.source, cookie.token_hash), (CredentialSource::Cookie, token_hash("def")));
        let broken = head(&[("authorization", "Basic abc"), ("cookie", "latchkey_session=def")]);
        assert_eq!(broken.credential("latchkey_session"), None);
        assert_eq!(head(&[("cookie", "latchkey_session=")]).credential("latchkey_session"), None);
        let key = format!("latchkey_session={}", key::compose("0a1b2c3d", &"5e".repeat(32)));
        assert_eq!(head(&[("cookie", &key)]).credential("latchkey_session"), None, "a cookie holds no key");
    }

    #[test]
    fn a_jwt_is_told_by_its_form() {
        let jwt = |token: &str| head(&[("authorization", &format!("Bearer {token}"))]).jwt().map(str::to_owned);
        let long = format!("eyJ{}.e30.AA", "x".repeat(1000));
        assert_eq!(jwt(&long), Some(long.clone()));
        let credential = head(&[("authorization", &format!("bearer {long}"))]).credential("x").unwrap();
        assert_eq!((credential.kind, credential.token_hash), (CredentialKind::Jwt, token_hash(&long)));
        for none in ["lks_00", "eyJ.x", "eyJ.x.y.z", "a.b.c", &format!("eyJ.{}.x", "x".repeat(JWT_BYTES_MAX))] {
            assert_eq!(jwt(none), None);
        }
        let cookie = format!("latchkey_session={long}");
        assert_eq!(head(&[("cookie", &cookie)]).credential("latchkey_session"), None, "a cookie holds no JWT");
    }

    #[test]
    fn if_match_takes_one_strong_version() {
        let if_match = |value| head(&[("If-Match", value)]).if_match();
        assert_eq!(if_match("\"7\"").unwrap(), Some(7));
        assert_eq!(if_match("*").unwrap(), None);
        assert_eq!(head(&[]).if_match().unwrap(), None);
        for wrong in ["7", "W/\"7\"", "\"x\"", "\"\"", "\"7\", \"8\"", "\"-1\"", "\"+1\"", "\"99999999999999999999\""] {
            assert!(if_match(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_idempotency_key_is_visible_ascii() {
        let key = |value: &str| head(&[("Idempotency-Key", value)]).idempotency_key();
        assert_eq!(key("k-1").unwrap().unwrap().as_str(), "k-1");
        assert!(key(&"k".repeat(255)).is_ok());
        for wrong in ["", "a b", "ä", &"k".repeat(256)] {
            assert!(key(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_last_client_address_counts_and_forwarding_only_when_trusted() {
        let request = head(&[
            ("spin-client-addr", "6.6.6.6:1"),
            ("spin-client-addr", "[2001:db8::1]:4321"),
            ("x-forwarded-for", "1.1.1.1, 2.2.2.2:99"),
            ("x-forwarded-for", "::ffff:3.3.3.3"),
        ]);
        let addr = |hops| request.client_addr(hops).unwrap().to_string();
        assert_eq!(addr(0), "2001:db8::1");
        assert_eq!(addr(1), "3.3.3.3");
        assert_eq!(addr(2), "2.2.2.2");
        assert_eq!(addr(4), "2001:db8::1");
    }

    #[test]
    fn browsers_get_a_page() {
        assert!(head(&[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")]).prefers_html());
        assert!(!head(&[("accept", "application/json, text/html")]).prefers_html());
        assert!(!head(&[("accept", "*/*")]).prefers_html());
    }
}
