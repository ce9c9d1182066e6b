//! A server for components to call. The path says how it answers, and it remembers what it was asked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

/// A running server. It ends when it is dropped.
pub(crate) struct Receiver {
    pub(crate) addr: SocketAddr,
    seen: Arc<Seen>,
    accepting: AbortHandle,
}

#[derive(Default)]
struct Seen {
    accepted: AtomicUsize,
    open: AtomicUsize,
    requests: Mutex<Vec<String>>,
}

/// What follows an answer.
enum Then {
    GoOn,
    Close,
    Hang,
    /// The rest of the request counts as one of its own.
    Listen,
}

impl Receiver {
    /// Listens on a free port of 127.0.0.1.
    pub(crate) async fn start() -> Self {
        Self::with(None).await
    }

    /// The same with TLS.
    pub(crate) async fn start_tls(acceptor: TlsAcceptor) -> Self {
        Self::with(Some(acceptor)).await
    }

    /// The server's address for a path, by number.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Connections that were made.
    pub(crate) fn accepted(&self) -> usize {
        self.seen.accepted.load(Ordering::SeqCst)
    }

    /// Connections that have not been closed.
    pub(crate) fn open(&self) -> usize {
        self.seen.open.load(Ordering::SeqCst)
    }

    /// What it was asked: each request as far as it came.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < Duration::from_secs(10), "{what}: {:?}", self.requests());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn with(acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (addr, seen) = (listener.local_addr().unwrap(), Arc::new(Seen::default()));
        let all = seen.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, acceptor) = (all.clone(), acceptor.clone());
                tokio::spawn(async move {
                    seen.accepted.fetch_add(1, Ordering::SeqCst);
                    seen.open.fetch_add(1, Ordering::SeqCst);
                    match acceptor {
                        None => serve(stream, &seen).await,
                        Some(acceptor) => {
                            // A client that does not trust it goes away here.
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serve(stream, &seen).await;
                            }
                        }
                    }
                    seen.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { addr, seen, accepting: accepting.abort_handle() }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, seen: &Seen) {
    while let Some(request) = read(&mut stream, seen).await {
        let (response, then) = answer(&request);
        if stream.write_all(response.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        match then {
            Then::GoOn => {}
            Then::Close => break,
            // Until the client closes.
            Then::Hang => drop(stream.read(&mut [0]).await),
            Then::Listen => drop(read(&mut stream, seen).await),
        }
    }
    let _ = stream.shutdown().await;
}

/// Reads one request, with its body as it came. `None` at the end of the connection, with what had come until then among
/// the requests.
async fn read(stream: &mut (impl AsyncRead + Unpin), seen: &Seen) -> Option<String> {
    let mut text = String::new();
    let is_whole = loop {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break false,
            Ok(read) => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
        }
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
            if !is_chunked || head.contains("/early ") || body.ends_with("0\r\n\r\n") {
                break true;
            }
        }
    };
    if !text.is_empty() {
        seen.requests.lock().unwrap().push(text.clone());
    }
    is_whole.then_some(text)
}

fn answer(request: &str) -> (String, Then) {
    let with_length = |text: &str| format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len());
    match request.split(' ').nth(1).unwrap() {
        "/chunked" => {
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".into(), Then::GoOn)
        }
        "/empty" => ("HTTP/1.1 204 No Content\r\n\r\n".into(), Then::GoOn),
        "/redirect" => ("HTTP/1.1 302 Found\r\nlocation: /hello\r\ncontent-length: 0\r\n\r\n".into(), Then::GoOn),
        // It says that it closes the connection, or only does so.
        "/last" => ("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello".into(), Then::Close),
        "/leaving" => (with_length("hello"), Then::Close),
        "/silent" => (String::new(), Then::Hang),
        "/stalling" => ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".into(), Then::Hang),
        // Before the request is complete.
        "/early" => ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".into(), Then::Listen),
        "/half" => ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".into(), Then::Close),
        "/broken" => (String::new(), Then::Close),
        "/nonsense" => ("nonsense\r\n\r\n".into(), Then::Close),
        "/slow" => {
            std::thread::sleep(Duration::from_millis(5));
            (with_length("hello"), Then::GoOn)
        }
        _ => (with_length("hello"), Then::GoOn),
    }
}
