//! Addresses of identity providers.

use http::Uri;

/// Whether a provider may be asked without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    HttpsOnly,
    /// In development.
    HttpToo,
}

impl Transport {
    /// Whether this is an address that somebody can be sent to, or asked at: absolute, without credentials and without a fragment.
    pub(crate) fn allows(self, url: &str) -> bool {
        if url.contains(['#', '\\']) || url.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return false;
        }
        let Ok(uri) = url.parse::<Uri>() else { return false };
        let has_scheme = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => self == Self::HttpToo,
            _ => false,
        };
        let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        has_scheme && !authority.contains('@') && uri.host().is_some_and(|host| !host.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::Transport::{HttpToo, HttpsOnly};

    #[test]
    fn credentials_and_keys_are_fetched_over_tls_and_from_nowhere_odd() {
        assert!(HttpsOnly.allows("https://id.example/a?b=c") && HttpToo.allows("http://127.0.0.1:80"));
        for wrong in [
            "http://id.example",
            "ftp://id.example",
            "//id.example",
            "/path",
            "",
            "https://user:pw@id.example",
            "https://id.example/#x",
            "https://id.example\\@evil.example",
            "https://id.example/ x",
            "https://",
            "javascript:alert(1)",
        ] {
            assert!(!HttpsOnly.allows(wrong), "{wrong}");
        }
    }
}
