//! Where webhooks may go: to a name on the public internet, over TLS. What a name resolves to is judged by the runtime
//! (`block_networks`), at the moment of connecting: nothing else can stop a name that changes its mind.

use std::net::IpAddr;

use http::Uri;
use http::uri::Scheme;

/// Names that never lead out: of a machine itself, of a private network, of none at all.
const PRIVATE_SUFFIXES: [&str; 9] =
    ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "onion"];

/// Which targets there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Targets {
    /// Names on the public internet, by https.
    #[default]
    Public,
    /// Also plain http, addresses and private names: for development and tests.
    Any,
}

/// Why a webhook may not go there, as a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetFault(pub &'static str);

impl Targets {
    /// Whether a webhook may go to `url`.
    ///
    /// # Errors
    /// Why not.
    pub fn allow(self, url: &str) -> Result<(), TargetFault> {
        if url.contains('#') || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TargetFault("This must be an address without blanks, accents and a fragment."));
        }
        let uri: Uri =
            url.parse().map_err(|_| TargetFault("This must be an address such as https://example.com/hook."))?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(TargetFault("This must not have a name and a password: webhooks are signed instead."));
        }
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(TargetFault("This must name a host."))?;
        let scheme = uri.scheme();
        match self {
            Self::Any if scheme == Some(&Scheme::HTTP) || scheme == Some(&Scheme::HTTPS) => Ok(()),
            Self::Any => Err(TargetFault("This must begin with https:// or http://.")),
            Self::Public if scheme != Some(&Scheme::HTTPS) => Err(TargetFault("This must begin with https://.")),
            Self::Public if is_address(host) => {
                Err(TargetFault("This must be a name, not an address of the Internet Protocol."))
            }
            Self::Public if is_private(host) => {
                Err(TargetFault("This must be a name that can be reached from the internet."))
            }
            Self::Public => Ok(()),
        }
    }
}

/// Also in the forms that only old software reads, such as `0x7f.1` or `2130706433`: their last part is a number.
fn is_address(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let last = bare.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|b| b.is_ascii_digit())
        || last
            .strip_prefix("0x")
            .or(last.strip_prefix("0X"))
            .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    host.starts_with('[') || bare.parse::<IpAddr>().is_ok() || is_number
}

fn is_private(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_below = |suffix: &str| host == suffix || host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'));
    !host.contains('.') || PRIVATE_SUFFIXES.iter().any(|suffix| is_below(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_goes_to_a_public_name_over_tls_and_nowhere_else() {
        for good in ["https://example.com", "https://hooks.example.com:8443/a?b=c", "https://xn--bcher-kva.example/x"] {
            assert_eq!(Targets::Public.allow(good), Ok(()), "{good}");
        }
        for bad in [
            "http://example.com/",
            "ftp://example.com/",
            "example.com",
            "https://",
            "https:///x",
            "https://u:p@example.com/",
            "https://example.com/#x",
            "https://exa mple.com/",
            "https://bücher.example/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://printer.local/",
            "https://db.internal/",
            "https://intranet/",
            "https://127.0.0.1/",
            "https://10.1.2.3/",
            "https://8.8.8.8/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://0x7f.0.0.1/",
            "https://2130706433/",
            "https://127.1/",
            "https://127.0.0.1./",
            "https://1.2.3.0x4/",
        ] {
            assert!(Targets::Public.allow(bad).is_err(), "{bad}");
        }
        for good in ["http://127.0.0.1:9/x", "https://localhost/", "http://[::1]:9/"] {
            assert_eq!(Targets::Any.allow(good), Ok(()), "{good}");
        }
        for bad in ["ftp://127.0.0.1/", "http://u@127.0.0.1/", "127.0.0.1"] {
            assert!(Targets::Any.allow(bad).is_err(), "{bad}");
        }
    }
}
