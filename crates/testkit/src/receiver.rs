//! A server of a test's own, for what the service sends: it keeps all it is sent, and answers or misbehaves as it is told.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A request that was received whole.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    pub path: String,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Received {
    /// The value of a header, by its name in lower case; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }
}

/// How a request is met.
#[derive(Debug, Clone)]
pub enum Reaction {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// A DNS message.
    Message(Vec<u8>),
    /// The head of a 200 and a part of its body, then nothing more.
    BreakOff,
    /// Something that is no HTTP.
    Garbage,
    /// The connection is closed without a word.
    Close,
    /// Nothing, for so long; then a 200.
    Wait(Duration),
}

impl Reaction {
    /// An answer with a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::Answer { status, headers: vec![("content-type", "application/json".to_owned())], body: body.to_string() }
    }

    /// An answer without a body.
    pub fn status(status: u16) -> Self {
        Self::Answer { status, headers: Vec::new(), body: String::new() }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Answer { status, headers, body } => {
                let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                let length = body.len();
                format!("HTTP/1.1 {status} Status\r\n{headers}content-length: {length}\r\n\r\n{body}").into_bytes()
            }
            Self::Message(message) => {
                let length = message.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/dns-message\r\ncontent-length: {length}\r\n\r\n"
                );
                [head.as_bytes(), message].concat()
            }
            Self::BreakOff => b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":".to_vec(),
            Self::Garbage => b"\x16\x03\x01 220 mail.example ESMTP\r\n".to_vec(),
            Self::Close => Vec::new(),
            Self::Wait(_) => b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec(),
        }
    }

    fn keeps_the_connection(&self) -> bool {
        matches!(self, Self::Answer { .. } | Self::Message(_) | Self::Wait(_))
    }
}

/// The server. It stops when it is dropped.
pub struct Receiver {
    addr: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    connections: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    /// Starts one that meets each request as `react` says, given how many came before it.
    pub async fn start(react: impl Fn(usize, &Received) -> Reaction + Send + Sync + 'static) -> Self {
        Self::start_on(None, react).await
    }

    /// The same by TLS, for `localhost`; and the root that vouches for it, as PEM.
    pub async fn start_tls(react: impl Fn(usize, &Received) -> Reaction + Send + Sync + 'static) -> (Self, String) {
        let (acceptor, root) = localhost();
        (Self::start_on(Some(acceptor), react).await, root)
    }

    async fn start_on(
        tls: Option<TlsAcceptor>,
        react: impl Fn(usize, &Received) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let connections: Arc<AtomicUsize> = Arc::default();
        let react = Arc::new(react);
        let (seen, counted) = (received.clone(), connections.clone());
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let (seen, react, tls) = (seen.clone(), react.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &seen, &*react).await,
                        Some(tls) => {
                            // Whoever does not trust the certificate goes away.
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &seen, &*react).await;
                            }
                        }
                    }
                });
            }
        });
        Self { addr, received, connections, serving }
    }

    /// `http://127.0.0.1:PORT` and the path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// `https://localhost:PORT` and the path, for one that was started with TLS.
    pub fn https_url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.addr.port())
    }

    /// All that was received so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// What speaks TLS for `localhost`, and the root that vouches for it.
fn localhost() -> (TlsAcceptor, String) {
    let mut root = CertificateParams::new([]).expect("parameters");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().expect("a key");
    let pem = root.self_signed(&root_key).expect("a root").pem();
    let key = KeyPair::generate().expect("a key");
    let named = CertificateParams::new(["localhost".to_owned()]).expect("parameters");
    let certificate = named.signed_by(&key, &Issuer::new(root, root_key)).expect("a certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    let config = builder.with_single_cert(vec![certificate.der().clone()], key).expect("a configuration");
    (TlsAcceptor::from(Arc::new(config)), pem)
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    seen: &Mutex<Vec<Received>>,
    react: &(impl Fn(usize, &Received) -> Reaction + ?Sized),
) {
    let mut unread = Vec::new();
    while let Some(request) = read(&mut stream, &mut unread).await {
        let reaction = {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            let reaction = react(seen.len(), &request);
            seen.push(request);
            reaction
        };
        if let Reaction::Wait(time) = &reaction {
            tokio::time::sleep(*time).await;
        }
        if stream.write_all(&reaction.bytes()).await.is_err() || !reaction.keeps_the_connection() {
            return;
        }
    }
}

/// The next request; `None` at the end of the connection.
async fn read(stream: &mut (impl AsyncRead + Unpin), unread: &mut Vec<u8>) -> Option<Received> {
    let head_end = loop {
        if let Some(at) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        more(stream, unread).await?;
    };
    let head = String::from_utf8_lossy(&unread[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let body_at = head_end + 4;
    let end = body_at + length.unwrap_or(0usize);
    while unread.len() < end {
        more(stream, unread).await?;
    }
    let body = unread[body_at..end].to_vec();
    unread.drain(..end);
    Some(Received { method, path, headers, body })
}

async fn more(stream: &mut (impl AsyncRead + Unpin), unread: &mut Vec<u8>) -> Option<()> {
    let mut room = [0; 16 * 1024];
    let read = stream.read(&mut room).await.ok()?;
    unread.extend_from_slice(&room[..read]);
    (read > 0).then_some(())
}
