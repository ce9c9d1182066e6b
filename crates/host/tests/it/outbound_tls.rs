//! Whom components trust.

use crate::receiver::Receiver;
use crate::support::under;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server for `localhost`, and the root that vouches for it.
async fn server() -> (Receiver, String) {
    let (mut root, root_key) = (CertificateParams::new([]).unwrap(), KeyPair::generate().unwrap());
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = root.self_signed(&root_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let named = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = named.signed_by(&key, &Issuer::new(root, root_key)).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    (Receiver::start_tls(TlsAcceptor::from(Arc::new(config))).await, pem)
}

/// An entry that lets a component trust the roots of a file at some hosts.
fn trusting(component: &str, hosts: &str, file: &str) -> String {
    format!("[[client_tls]]\ncomponent_ids = ['other', '{component}']\nhosts = [{hosts}]\nca_roots_file = '{file}'\n")
}

#[tokio::test]
async fn roots_are_trusted_by_whom_and_where_the_file_says() {
    let (server, root) = server().await;
    let (_, stranger) = self::server().await;
    let files = [("roots.pem", root.as_str()), ("stranger.pem", stranger.as_str())];
    let both = format!("{root}{stranger}");
    let refused = (409, "ErrorCode::TlsCertificateError");
    for (runtime_config, expected) in [
        (String::new(), refused),
        (trusting("probe", "'localhost'", "roots.pem"), (200, "hello")),
        (trusting("probe", "'127.0.0.1', 'LocalHost'", "roots.pem"), (200, "hello")),
        (trusting("probe", "'localhost'", "both.pem"), (200, "hello")),
        (trusting("probe", "'localhost'", "roots.pem") + "ca_use_webpki_roots = true", (200, "hello")),
        (trusting("probe", "'localhost'", "stranger.pem"), refused),
        (trusting("another", "'localhost'", "roots.pem"), refused),
        (trusting("probe", "'127.0.0.1'", "roots.pem"), refused),
        // The first entry holds.
        (
            trusting("probe", "'localhost'", "roots.pem") + &trusting("probe", "'localhost'", "stranger.pem"),
            (200, "hello"),
        ),
        (trusting("probe", "'localhost'", "stranger.pem") + &trusting("probe", "'localhost'", "roots.pem"), refused),
    ] {
        let app = under(&runtime_config, &[files[0], files[1], ("both.pem", &both)]).await;
        for _ in 0..2 {
            let reply = app.post("/outbound", &format!("https://localhost:{}/hello", server.addr.port())).await;
            assert_eq!((reply.status, reply.body.as_str()), expected, "{runtime_config}");
        }
    }
}

#[tokio::test]
async fn a_certificate_is_for_its_name_only() {
    let (server, root) = server().await;
    let app = under(&trusting("probe", "'localhost', '127.0.0.1'", "roots.pem"), &[("roots.pem", &root)]).await;
    let reply = app.post("/outbound", &format!("https://127.0.0.1:{}/hello", server.addr.port())).await;
    assert_eq!((reply.status, reply.body.as_str()), (409, "ErrorCode::TlsCertificateError"));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn encrypted_connections_are_kept_too() {
    let (server, root) = server().await;
    let app = under(&trusting("probe", "'localhost'", "roots.pem"), &[("roots.pem", &root)]).await;
    for _ in 0..20 {
        let reply = app.post("/outbound/post", &format!("https://localhost:{}/hello", server.addr.port())).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, "hello"));
    }
    assert!(server.accepted() <= 3, "{} connections", server.accepted());
}

#[tokio::test]
async fn a_blocked_network_is_blocked_with_tls_as_well() {
    let (server, root) = server().await;
    let runtime_config =
        format!("outbound_networking.block_networks = ['private']\n{}", trusting("probe", "'localhost'", "roots.pem"));
    let app = under(&runtime_config, &[("roots.pem", &root)]).await;
    let reply = app.post("/outbound", &format!("https://localhost:{}/hello", server.addr.port())).await;
    assert_eq!(reply.body, "ErrorCode::DestinationIpProhibited");
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn what_is_not_tls_is_no_answer() {
    let app = under("", &[]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let answering = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        stream
    });
    let reply = app.post("/outbound", &format!("https://{addr}/")).await;
    assert_eq!(reply.body, "ErrorCode::TlsProtocolError");
    drop(answering.await.unwrap());
}
