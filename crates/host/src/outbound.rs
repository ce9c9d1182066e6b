//! HTTP requests of components to the outside, and to which hosts they are allowed.

pub(crate) mod client;
pub(crate) mod connect;
pub(crate) mod networks;
mod pool;
pub(crate) mod tls;

use crate::body::Signs;
use crate::chain::Chain;
use client::Client;
use http::Uri;
use http::uri::Scheme;
use std::io::Write as _;
use std::ops::RangeInclusive;
use std::sync::Arc;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

/// An entry of `allowed_outbound_hosts`: a scheme, a host and a port, of which each can be `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedHost {
    /// `None` allows every scheme.
    scheme: Option<Scheme>,
    host: HostPattern,
    ports: RangeInclusive<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostPattern {
    Any,
    Exact(String),
    /// A component of this application, by its name.
    Component(String),
    /// Every component of this application.
    Components,
    /// The name with its leading dot.
    Subdomains(String),
}

impl AllowedHost {
    /// Reads an entry, whose templates have been filled in.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence without its subject.
    pub(crate) fn parse(entry: &str) -> Result<Self, &'static str> {
        if entry == "insecure:allow-all" {
            return Ok(Self { scheme: None, host: HostPattern::Any, ports: 0..=u16::MAX });
        }
        let (scheme, rest) = entry.split_once("://").ok_or("must begin with a scheme, as in `https://example.com`")?;
        let (scheme, default_port) = match scheme {
            "http" => (Some(Scheme::HTTP), Some(80)),
            "https" => (Some(Scheme::HTTPS), Some(443)),
            "*" => (None, None),
            _ => return Err("has a scheme other than `http`, `https` and `*`, which this host does not implement"),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@']) {
            return Err("must be a scheme, a host and a port, and nothing else");
        }
        // The colons of an IPv6 address stand in brackets.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let ports = match port {
            None => {
                default_port.map(|port| port..=port).ok_or("needs a port, because its scheme has no default one")?
            }
            Some("*") => 0..=u16::MAX,
            Some(port) => {
                parse_ports(port).ok_or("has a port that is neither a number, nor a range `1..2`, nor `*`")?
            }
        };
        Ok(Self { scheme, host: HostPattern::parse(host)?, ports })
    }

    /// The one component of the application that this entry is about, if it is about one.
    pub(crate) fn component(&self) -> Option<&str> {
        match &self.host {
            HostPattern::Component(name) => Some(name),
            _ => None,
        }
    }

    /// Whether a request to this address is allowed.
    pub(crate) fn allows(&self, uri: &Uri) -> bool {
        let default_port = if uri.scheme() == Some(&Scheme::HTTP) { 80 } else { 443 };
        self.scheme.as_ref().is_none_or(|scheme| uri.scheme() == Some(scheme))
            && self.ports.contains(&uri.port_u16().unwrap_or(default_port))
            && uri.host().is_some_and(|host| self.host.allows(host))
    }
}

fn parse_ports(text: &str) -> Option<RangeInclusive<u16>> {
    match text.split_once("..") {
        // As in Spin, the end of a range is not part of it.
        Some((first, end)) => {
            let (first, end): (u16, u16) = (first.parse().ok()?, end.parse().ok()?);
            (first < end).then(|| first..=end - 1)
        }
        None => text.parse().ok().map(|port| port..=port),
    }
}

impl HostPattern {
    fn parse(host: &str) -> Result<Self, &'static str> {
        match host.strip_prefix("*.") {
            _ if host == "*" => Ok(Self::Any),
            _ if host.is_empty() => Err("has no host"),
            _ if host == "self" => Err("names this application itself, which this host does not implement"),
            _ if host == "*.spin.internal" => Ok(Self::Components),
            _ if host.ends_with(INTERNAL) => match host.strip_suffix(INTERNAL) {
                Some(name) if !name.is_empty() && !name.contains(['*', '.']) => Ok(Self::Component(name.to_owned())),
                _ => Err("must name one component before `.spin.internal`, or be `*.spin.internal`"),
            },
            Some(domain) if !domain.is_empty() && !domain.contains('*') => Ok(Self::Subdomains(format!(".{domain}"))),
            None if !host.contains('*') => Ok(Self::Exact(host.to_owned())),
            _ => Err("has a `*` in a place other than `*` or `*.example.com`"),
        }
    }

    /// Components of the application are allowed by their names only: `*` is the world outside.
    fn allows(&self, host: &str) -> bool {
        if let Some(name) = component_of(host) {
            return match self {
                Self::Component(allowed) => allowed == name,
                Self::Components => true,
                _ => false,
            };
        }
        let ends_with = |suffix: &str| {
            let start = host.len().checked_sub(suffix.len()).filter(|start| *start > 0);
            start.and_then(|start| host.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
        };
        match self {
            Self::Any => true,
            Self::Exact(exact) => host.eq_ignore_ascii_case(exact),
            Self::Component(_) | Self::Components => false,
            Self::Subdomains(suffix) => ends_with(suffix),
        }
    }
}

/// What ends the name by which one component reaches another, within the application.
const INTERNAL: &str = ".spin.internal";

/// The component that a host's name means, if it means one.
fn component_of(host: &str) -> Option<&str> {
    host.strip_suffix(INTERNAL)
}

/// Lets an instance's outgoing requests through, or denies them.
#[derive(Debug)]
pub(crate) struct Outbound {
    pub(crate) component: Arc<str>,
    pub(crate) allowed: Arc<[AllowedHost]>,
    pub(crate) client: Arc<Client>,
    /// Where requests to other components of the application go.
    pub(crate) chain: Chain,
    /// Of the instance itself.
    pub(crate) signs: Arc<Signs>,
}

type Sending = Box<dyn Future<Output = Result<(http::Response<WasiBody>, Receiving), Error>> + Send>;
type Receiving = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _response_read: Receiving,
    ) -> Sending {
        if !self.allowed.iter().any(|allowed| allowed.allows(request.uri())) {
            let scheme = request.uri().scheme_str().unwrap_or("https");
            let authority = request.uri().authority().map_or("", |authority| authority.as_str());
            let _ = writeln!(
                std::io::stderr().lock(),
                "[{}] denied a request to `{scheme}://{authority}`, which is not in its `allowed_outbound_hosts`",
                self.component
            );
            return Box::new(std::future::ready(Err(Error::HttpRequestDenied)));
        }
        let (client, chain, signs) = (self.client.clone(), self.chain.clone(), self.signs.clone());
        let component = request.uri().host().and_then(component_of).map(str::to_owned);
        Box::new(async move {
            let options = options.unwrap_or_default();
            let response = match component {
                Some(component) => chain.send(&component, request, options, signs).await?,
                None => client.send(request, options, signs).await?,
            };
            // The connection goes on in a task of its own: there is nothing to be done for it here.
            Ok((response, Box::new(std::future::ready(Ok(()))) as Receiving))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test")]
    use super::*;

    fn allows(entry: &str, uri: &str) -> bool {
        AllowedHost::parse(entry).expect("an entry").allows(&uri.parse().expect("a URI"))
    }

    #[test]
    fn what_is_allowed() {
        assert!(allows("https://a.example", "https://a.example/x"));
        assert!(allows("https://a.example", "https://A.example:443/x"));
        assert!(!allows("https://a.example", "http://a.example:443/x"));
        assert!(!allows("https://a.example", "https://a.example:444/x"));
        assert!(!allows("https://a.example", "https://b.a.example/"));
        assert!(allows("https://*.a.example", "https://b.a.example/"));
        assert!(!allows("https://*.a.example", "https://a.example/"));
        assert!(!allows("https://*.a.example", "https://ba.example/"));
        assert!(allows("http://127.0.0.1:8000..8002", "http://127.0.0.1:8001/"));
        assert!(!allows("http://127.0.0.1:8000..8002", "http://127.0.0.1:8002/"));
        assert!(allows("http://[::1]:*", "http://[::1]:99/"));
        assert!(allows("*://*:*", "https://anything.example:1/"));
        assert!(allows("insecure:allow-all", "http://anything.example:1/"));
    }

    #[test]
    fn components_are_reached_by_their_names_only() {
        assert!(allows("http://one.spin.internal", "http://one.spin.internal/x"));
        assert!(allows("http://*.spin.internal", "http://two.spin.internal/"));
        assert!(!allows("http://one.spin.internal", "http://two.spin.internal/"));
        assert!(!allows("http://one.spin.internal", "https://one.spin.internal/"));
        assert!(!allows("http://one.spin.internal", "http://x.one.spin.internal/"));
        for wide in ["*://*:*", "http://*:*", "insecure:allow-all", "http://*.internal"] {
            assert!(!allows(wide, "http://one.spin.internal/"), "{wide}");
        }
        for wrong in
            ["http://.spin.internal", "http://a.b.spin.internal", "http://*.a.spin.internal", "http://a*.spin.internal"]
        {
            assert!(AllowedHost::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_refused() {
        let entries =
            ["a.example", "redis://a.example", "https://", "https://a.example/path", "https://a.*", "https://a:b"];
        for entry in entries.into_iter().chain(["*://a.example", "http://self", "https://u@a"]) {
            assert!(AllowedHost::parse(entry).is_err(), "{entry}");
        }
    }
}
