//! TLS of outgoing requests: whom a component trusts at which host.

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wasmtime_wasi_http::Error;

/// The configurations of one component. They are made at start: reading roots takes longer than a request may.
#[derive(Debug)]
pub(crate) struct TlsConfigs {
    /// In the order of the runtime configuration: the first that has the host holds.
    by_host: Vec<(String, Arc<ClientConfig>)>,
    default: Arc<ClientConfig>,
}

impl TlsConfigs {
    pub(crate) fn new(by_host: Vec<(String, Arc<ClientConfig>)>, default: Arc<ClientConfig>) -> Self {
        Self { by_host, default }
    }

    /// Begins TLS with a host on a connection to it.
    pub(crate) async fn connect(&self, host: &str, stream: TcpStream) -> Result<TlsStream<TcpStream>, Error> {
        let own = self.by_host.iter().find(|(named, _)| named.eq_ignore_ascii_case(host));
        let config = own.map_or(&self.default, |(_, config)| config);
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|_| Error::HttpRequestUriInvalid)?;
        TlsConnector::from(config.clone()).connect(name, stream).await.map_err(|error| failure(&error))
    }
}

/// The roots that browsers trust, as Mozilla lists them.
pub(crate) fn public_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// Adds the certificates of a PEM file.
///
/// # Errors
/// What is wrong with the file, as a sentence without its subject.
pub(crate) fn add_roots(roots: &mut RootCertStore, file: &Path) -> Result<(), String> {
    let pem = std::fs::read(file).map_err(|error| format!("cannot be read: {error}"))?;
    let certificates: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("is not a PEM file: {error}"))?;
    if certificates.is_empty() {
        return Err("has no certificate".to_owned());
    }
    for certificate in certificates {
        roots.add(certificate).map_err(|error| format!("has a certificate that cannot be used as a root: {error}"))?;
    }
    Ok(())
}

/// A configuration that trusts these roots.
///
/// # Errors
/// Why it cannot be made.
pub(crate) fn trusting(roots: RootCertStore) -> Result<Arc<ClientConfig>, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| format!("TLS: {error}"))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// Why the two sides could not agree, in the words that components know.
fn failure(error: &std::io::Error) -> Error {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            Error::TlsCertificateError
        }
        Some(rustls::Error::AlertReceived(alert)) => {
            Error::TlsAlertReceived { alert_id: Some(u8::from(*alert)), alert_message: Some(format!("{alert:?}")) }
        }
        Some(_) => Error::TlsProtocolError,
        None if error.kind() == ErrorKind::TimedOut => Error::ConnectionTimeout,
        None => Error::ConnectionTerminated,
    }
}
