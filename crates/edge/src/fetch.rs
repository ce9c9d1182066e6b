//! Requests to the outside: one GET or one POST, bounded in time and in what is read of the answer. Redirects are answers like others.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
pub use futures::stream::{FuturesUnordered as InFlight, StreamExt};
use spin_sdk::wasip3::clocks::monotonic_clock;
use spin_sdk::wasip3::http::client;
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Method, Request, RequestOptions, Response, Scheme};
use spin_sdk::wasip3::wit_bindgen::{self, StreamResult};
use spin_sdk::wasip3::{wit_future, wit_stream};

/// How much of an answer is read at a time.
const READ_BYTES: usize = 4 * 1024;

/// A question, without a body.
#[derive(Debug, Clone)]
pub struct Get {
    /// `http` or `https`, a host, a path.
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    /// For everything, from the name's look-up to the last byte that is read.
    pub timeout: Duration,
    /// What is longer is cut off, and not read.
    pub answer_bytes_max: usize,
}

impl Get {
    /// Sends it.
    ///
    /// # Errors
    /// When there is no answer in time, or none at all.
    pub async fn send(self) -> Result<Answer, Unanswered> {
        let Self { url, headers, timeout, answer_bytes_max } = self;
        Post { url, headers, body: Vec::new(), timeout, answer_bytes_max }.send_as(Method::Get).await
    }
}

/// What is sent.
#[derive(Debug, Clone)]
pub struct Post {
    /// `http` or `https`, a host, a path.
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// For everything, from the name's look-up to the last byte that is read.
    pub timeout: Duration,
    /// What is longer is cut off, and not read.
    pub answer_bytes_max: usize,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The header of that name.
    pub retry_after: Option<String>,
    pub body: Vec<u8>,
}

/// Why there is no answer, as a person who runs the service would say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered(pub String);

impl Post {
    /// Sends it.
    ///
    /// # Errors
    /// When there is no answer in time, or none at all.
    pub async fn send(self) -> Result<Answer, Unanswered> {
        self.send_as(Method::Post).await
    }

    async fn send_as(self, method: Method) -> Result<Answer, Unanswered> {
        let timeout = self.timeout;
        let exchange = pin!(self.exchange(method));
        let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        match select(exchange, pin!(monotonic_clock::wait_for(nanoseconds))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(Unanswered(format!("no answer within {} seconds", timeout.as_secs()))),
        }
    }

    async fn exchange(self, method: Method) -> Result<Answer, Unanswered> {
        let answer_bytes_max = self.answer_bytes_max;
        let request = self.into_request(&method)?;
        let response = client::send(request).await.map_err(|code| Unanswered(reason(&code)))?;
        let status = response.get_status_code();
        let headers = response.get_headers().copy_all();
        let retry_after = headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"));
        let retry_after = retry_after.and_then(|(_, value)| String::from_utf8(value).ok());
        let body = read(response, answer_bytes_max).await?;
        Ok(Answer { status, retry_after, body })
    }

    fn into_request(self, method: &Method) -> Result<Request, Unanswered> {
        let wrong = |what: &str| Unanswered(format!("{what} of the address cannot be used"));
        let (scheme, rest) = self.url.split_once("://").ok_or_else(|| wrong("the scheme"))?;
        let scheme = match scheme {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return Err(wrong("the scheme")),
        };
        let path_at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(path_at).unwrap_or((rest, ""));
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };

        let mut headers: Vec<(String, Vec<u8>)> =
            self.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect();
        let has_body = !matches!(method, Method::Get);
        if has_body {
            headers.push(("content-length".to_owned(), self.body.len().to_string().into_bytes()));
        }
        headers.push(("user-agent".to_owned(), concat!("Latchkey/", env!("CARGO_PKG_VERSION")).as_bytes().to_vec()));
        let headers = Fields::from_list(&headers).map_err(|_| Unanswered("a header cannot be sent".to_owned()))?;

        let options = RequestOptions::new();
        let nanoseconds = u64::try_from(self.timeout.as_nanos()).unwrap_or(u64::MAX);
        // A runtime that does not know one of them is held to the time for everything.
        let _ = options.set_connect_timeout(Some(nanoseconds));
        let _ = options.set_first_byte_timeout(Some(nanoseconds));

        let (trailers, trailers_reader) = wit_future::new(|| Ok(None));
        let (writer, reader) = if has_body { Some(wit_stream::new()).unzip() } else { (None, None) };
        let (request, _sent) = Request::new(headers, reader, trailers_reader, Some(options));
        request.set_method(method).map_err(|()| wrong("the method"))?;
        request.set_scheme(Some(&scheme)).map_err(|()| wrong("the scheme"))?;
        request.set_authority(Some(authority)).map_err(|()| wrong("the host"))?;
        request.set_path_with_query(Some(&path)).map_err(|()| wrong("the path"))?;
        let body = self.body;
        wit_bindgen::spawn(async move {
            if let Some(mut writer) = writer {
                // What a receiver did not take, it has judged without.
                let _ = writer.write_all(body).await;
            }
            let _ = trailers.write(Ok(None)).await;
        });
        Ok(request)
    }
}

/// Reads the beginning of an answer.
async fn read(response: Response, bytes_max: usize) -> Result<Vec<u8>, Unanswered> {
    let (_taken, taken_reader) = wit_future::new(|| Ok(()));
    let (mut stream, trailers) = Response::consume_body(response, taken_reader);
    let mut body: Vec<u8> = Vec::new();
    let mut room = Vec::with_capacity(READ_BYTES);
    loop {
        let (outcome, mut chunk) = stream.read(room).await;
        body.append(&mut chunk);
        if body.len() >= bytes_max {
            body.truncate(bytes_max);
            return Ok(body);
        }
        match outcome {
            StreamResult::Complete(_) => room = chunk,
            StreamResult::Dropped | StreamResult::Cancelled => break,
        }
    }
    match trailers.await {
        Ok(_) => Ok(body),
        Err(_) => Err(Unanswered("the answer broke off".to_owned())),
    }
}

fn reason(code: &ErrorCode) -> String {
    match code {
        ErrorCode::DnsTimeout | ErrorCode::DnsError(_) => "the name cannot be resolved".to_owned(),
        ErrorCode::DestinationNotFound | ErrorCode::DestinationUnavailable | ErrorCode::DestinationIpUnroutable => {
            "the host cannot be reached".to_owned()
        }
        ErrorCode::DestinationIpProhibited => "the host has an address that this service may not reach".to_owned(),
        ErrorCode::HttpRequestDenied => "this service may not reach that host".to_owned(),
        ErrorCode::ConnectionRefused => "the connection was refused".to_owned(),
        ErrorCode::ConnectionTerminated => "the connection was closed without an answer".to_owned(),
        ErrorCode::ConnectionTimeout | ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout => {
            "no answer in time".to_owned()
        }
        ErrorCode::TlsCertificateError => "the certificate cannot be trusted".to_owned(),
        ErrorCode::TlsProtocolError | ErrorCode::TlsAlertReceived(_) => "TLS failed".to_owned(),
        other => format!("no answer ({other:?})"),
    }
}
