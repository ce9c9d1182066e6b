//! A browser, as far as signing in needs one: it keeps cookies, and goes where it is sent.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::{Answer, PUBLIC_URL};

/// Redirects that are followed in a row.
const STEPS_MAX: usize = 20;

/// A browser. The service's public address leads to the app under test, every other is asked as it is.
#[derive(Debug, Clone)]
pub struct Browser {
    app: SocketAddr,
    /// By origin and name.
    cookies: BTreeMap<(String, String), String>,
}

impl Browser {
    pub fn new(app: SocketAddr) -> Self {
        Self { app, cookies: BTreeMap::new() }
    }

    /// The value of one of the service's cookies.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(&(PUBLIC_URL.to_owned(), name.to_owned())).map(String::as_str)
    }

    /// The service's cookies, as a request has them.
    pub fn cookies(&self) -> String {
        self.cookies_of(PUBLIC_URL)
    }

    /// Opens an address, or a path of the service's, as a person does who clicks a link. Redirects are not followed.
    pub async fn open(&mut self, url: &str) -> Answer {
        self.send("GET", url, None, &self.cookies_of(&origin(url))).await
    }

    /// Posts a form from a page of the same site.
    pub async fn post(&mut self, url: &str, form: &[(&str, &str)]) -> Answer {
        self.send("POST", url, Some(form), &self.cookies_of(&origin(url))).await
    }

    /// Posts a form from another site's page: without the cookies, all of which are `SameSite=Lax`.
    pub async fn post_from_elsewhere(&mut self, url: &str, form: &[(&str, &str)]) -> Answer {
        self.send("POST", url, Some(form), "").await
    }

    /// Goes where an answer leads, as long as it leads within the same site as it began or to the service.
    pub async fn follow(&mut self, mut answer: Answer, mut from: String) -> (Answer, String) {
        for _ in 0..STEPS_MAX {
            let Some(location) = answer.header("location").filter(|_| answer.status.is_redirection()) else {
                return (answer, from);
            };
            from = if location.starts_with('/') { format!("{}{location}", origin(&from)) } else { location.to_owned() };
            answer = self.open(&from).await;
        }
        panic!("{from}: redirects without an end");
    }

    fn cookies_of(&self, origin: &str) -> String {
        let own = self.cookies.iter().filter(|((of, _), _)| of == origin);
        own.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    async fn send(&mut self, method: &str, url: &str, form: Option<&[(&str, &str)]>, cookies: &str) -> Answer {
        let origin = origin(url);
        let host = origin.split_once("://").map_or("", |(_, host)| host).to_owned();
        let path = url.strip_prefix(&origin).unwrap_or(url);
        let path = path.split('#').next().unwrap_or_default();
        let addr = if origin == PUBLIC_URL { self.app } else { host.parse().expect("an address and a port") };
        let mut request = Request::builder().method(method).uri(if path.is_empty() { "/" } else { path });
        request = request.header("host", &host).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        if !cookies.is_empty() {
            request = request.header("cookie", cookies);
        }
        let mut body = String::new();
        if let Some(form) = form {
            request = request.header("content-type", "application/x-www-form-urlencoded").header("origin", "null");
            body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        }
        let request = request.body(Full::new(Bytes::from(body))).expect("a request");
        let stream = TcpStream::connect(addr).await.unwrap_or_else(|e| panic!("{url}: {e}"));
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("a connection");
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request).await.unwrap_or_else(|e| panic!("{method} {url}: {e}"));
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        connection.abort();
        for set in head.headers.get_all("set-cookie") {
            let set = set.to_str().expect("text");
            let (name, value) = set.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            let key = (origin.clone(), name.trim().to_owned());
            let is_gone = value.is_empty() || set.to_ascii_lowercase().contains("max-age=0");
            if is_gone { drop(self.cookies.remove(&key)) } else { drop(self.cookies.insert(key, value.to_owned())) }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: head.status, headers: head.headers, text, asked: format!("{method} {url}") }
    }
}

/// A path is one of the service's.
fn origin(url: &str) -> String {
    let absolute = url.split_once("://").filter(|_| !url.starts_with('/'));
    let Some((scheme, rest)) = absolute else { return PUBLIC_URL.to_owned() };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{scheme}://{host}")
}
