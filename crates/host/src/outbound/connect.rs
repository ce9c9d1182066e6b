//! Connections of components to the outside. A name's addresses are judged after it has been resolved, and the connection
//! goes to an address that was judged: a name cannot answer with one address to the judge, and with another to the
//! connection.

use super::networks::BlockedNetworks;
use super::pool::Sender;
use super::tls::TlsConfigs;
use http::Uri;
use http::uri::Scheme;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::fmt;
use std::io::{ErrorKind, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use wasmtime_wasi_http::Error;

/// How long one of several addresses may stay silent before the next one is tried.
const SILENCE: Duration = Duration::from_secs(2);

/// Where requests go that can share a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Destination {
    security: Security,
    /// In lower case; an IPv6 address in brackets.
    host: String,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Security {
    Plain,
    Tls,
}

impl Destination {
    /// The destination of requests to this address, if it is absolute.
    pub(crate) fn of(uri: &Uri) -> Option<Self> {
        let security = if uri.scheme() == Some(&Scheme::HTTP) { Security::Plain } else { Security::Tls };
        let default_port = if security == Security::Plain { 80 } else { 443 };
        let host = uri.host().filter(|host| !host.is_empty())?.to_ascii_lowercase();
        Some(Self { security, host, port: uri.port_u16().unwrap_or(default_port) })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.security == Security::Plain { "http" } else { "https" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// Opens the connections of one component.
#[derive(Debug)]
pub(crate) struct Connector {
    pub(crate) component: Arc<str>,
    pub(crate) blocked: Arc<BlockedNetworks>,
    pub(crate) tls: TlsConfigs,
}

impl Connector {
    /// A new connection, over which a request can be sent.
    pub(crate) async fn connect(&self, to: &Destination) -> Result<Sender, Error> {
        let stream = connect_to_first(&self.open_addresses(to).await?).await?;
        // A request's head and body may leave in two writes, and nothing is gained by holding back the second.
        let _ = stream.set_nodelay(true);
        match to.security {
            Security::Plain => speak(stream).await,
            Security::Tls => speak(self.tls.connect(&to.host, stream).await?).await,
        }
    }

    /// The addresses of a destination that are not blocked: at least one.
    async fn open_addresses(&self, to: &Destination) -> Result<Vec<SocketAddr>, Error> {
        let host = to.host.trim_start_matches('[').trim_end_matches(']');
        let found = tokio::net::lookup_host((host, to.port)).await;
        // What the resolver answered in detail does not come through the operating system.
        let found = found.map_err(|_| Error::DnsError { rcode: None, info_code: None })?;
        let (blocked, open): (Vec<_>, Vec<_>) = found.partition(|address| self.blocked.blocks(address.ip()));
        match blocked.first() {
            _ if !open.is_empty() => Ok(open),
            Some(address) => {
                self.log_denial(to, address.ip());
                Err(Error::DestinationIpProhibited)
            }
            None => Err(Error::DestinationNotFound),
        }
    }

    fn log_denial(&self, to: &Destination, address: IpAddr) {
        let _ = writeln!(
            std::io::stderr().lock(),
            "[{}] denied a request to `{to}`, whose address {address} is in a blocked network",
            self.component
        );
    }
}

/// Connects to the first address that accepts it. What the last one answered is the error.
async fn connect_to_first(addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
    let mut answered = Error::DestinationNotFound;
    let Some((last, others)) = addresses.split_last() else { return Err(answered) };
    for address in others {
        // One that stays silent, such as an IPv6 address where there is no way to it, must not use up the time of the others.
        match tokio::time::timeout(SILENCE, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => answered = failure(&error),
            Err(_) => answered = Error::ConnectionTimeout,
        }
    }
    TcpStream::connect(last)
        .await
        .map_err(|error| if others.is_empty() { failure(&error) } else { answered_last(answered, &error) })
}

/// Of several addresses, the error of the last one, unless that says less than the one before.
fn answered_last(before: Error, error: &std::io::Error) -> Error {
    match failure(error) {
        Error::DestinationIpUnroutable => before,
        last => last,
    }
}

fn failure(error: &std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::ConnectionRefused => Error::ConnectionRefused,
        ErrorKind::TimedOut => Error::ConnectionTimeout,
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => Error::DestinationIpUnroutable,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Error::ConnectionTerminated,
        _ => Error::DestinationUnavailable,
    }
}

/// Begins HTTP on a connection, which lives in a task of its own so that its end is noticed while nobody uses it.
async fn speak(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Sender, Error> {
    let (requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // What goes wrong on a connection is told to the request on it.
    let driver = tokio::spawn(async move { drop(connection.await) });
    Ok(Sender { requests, driver: driver.abort_handle() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test")]
    use super::*;

    fn destination(uri: &str) -> String {
        Destination::of(&uri.parse().expect("a URI")).map_or("none".to_owned(), |destination| destination.to_string())
    }

    #[test]
    fn destinations() {
        for (uri, expected) in [
            ("http://A.example/x", "http://a.example:80"),
            ("https://a.example", "https://a.example:443"),
            ("https://u:p@a.example:8443/?q", "https://a.example:8443"),
            ("http://[::1]:81/", "http://[::1]:81"),
            ("/x", "none"),
        ] {
            assert_eq!(destination(uri), expected, "{uri}");
        }
    }
}
