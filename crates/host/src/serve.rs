//! The HTTP/1.1 server: connections in, requests to components, responses out.

use crate::body::{Finish, Finishing};
use crate::config::{Limits, Nagle, RequestLog};
use crate::guest::{Component, Instances, Lifetime};
use crate::observe::{Observer, TEST_ID_HEADER, Trace};
use crate::receive::receive;
use crate::routes::{Match, Route, Routes};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use wasmtime_wasi_http::handler::{InstantiationError, ProxyHandler};
use wasmtime_wasi_http::{Error, WasiBody};

/// How long a client may take to send a request's headers, and may stay silent between two requests.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(60);

/// How long to wait before a new instance is tried again, where as many exist as can.
const INSTANCE_PAUSE: Duration = Duration::from_millis(5);

/// How long to wait after a connection could not be accepted, as when no file descriptors are left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What records and log lines say in place of a route and a component where nothing matched.
const NO_ROUTE: &str = "-";

/// What the server needs to answer requests.
pub(crate) struct Server {
    pub(crate) routes: Routes,
    pub(crate) services: BTreeMap<String, Service>,
    pub(crate) observer: Observer,
    pub(crate) request_log: RequestLog,
    pub(crate) nagle: Nagle,
    pub(crate) limits: Limits,
    pub(crate) lifetime: Lifetime,
}

/// A component that answers requests.
pub(crate) struct Service {
    component: Arc<Component>,
    handler: ProxyHandler<Instances>,
    /// wasmtime starts as many instances as there are requests; this is what holds requests back.
    permits: Arc<Semaphore>,
}

impl Service {
    pub(crate) fn new(component: Arc<Component>) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(component.limits.concurrent_requests_per_component)),
            handler: ProxyHandler::new(Instances(component.clone())),
            component,
        }
    }
}

/// Why a request got no response from its component.
enum Unanswered {
    TimedOut,
    Overloaded,
    ShutDown,
    Failed(wasmtime::Error),
}

impl Server {
    /// Accepts connections until the application closes.
    pub(crate) async fn accept(self: Arc<Self>, listener: TcpListener) {
        loop {
            let accepted = tokio::select! {
                () = self.lifetime.closing.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, client)) => {
                    let connection = self.clone().serve_connection(stream, client);
                    self.lifetime.parts.spawn(connection);
                }
                Err(error) => {
                    let _ = writeln!(std::io::stderr().lock(), "cannot accept a connection: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn serve_connection(self: Arc<Self>, stream: TcpStream, client: SocketAddr) {
        let local = stream.local_addr();
        let (Ok(local), Ok(())) = (local, stream.set_nodelay(self.nagle == Nagle::Off)) else { return };
        let lifetime = self.lifetime.clone();
        let service = service_fn(move |request| {
            let server = self.clone();
            async move { Ok::<_, Infallible>(server.respond(request, local, client).await) }
        });
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEADER_READ_TIMEOUT);
        let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
        // What goes wrong on a connection is the client's business, and it has gone.
        tokio::select! {
            _ = connection.as_mut() => return,
            () = lifetime.closing.cancelled() => connection.as_mut().graceful_shutdown(),
        }
        tokio::select! {
            _ = connection => {}
            () = lifetime.closed.cancelled() => {}
        }
    }

    async fn respond(&self, request: Request<Incoming>, local: SocketAddr, client: SocketAddr) -> Response<WasiBody> {
        let path = request.uri().path().to_owned();
        match path.strip_prefix("/.well-known/spin/") {
            Some("health") => return plain(StatusCode::OK, "OK"),
            Some(_) => return plain(StatusCode::NOT_FOUND, ""),
            None => {}
        }
        let found = self.routes.best(&path);
        let found = found.and_then(|found| Some((self.services.get(&found.route.component)?, found)));
        let route = found.as_ref().map(|(_, found)| found.route);
        let trace = self.observer.observe(Trace {
            test_id: request.headers().get(TEST_ID_HEADER).and_then(|id| id.to_str().ok()).map(str::to_owned),
            method: request.method().clone(),
            path: path.clone(),
            route: route.map_or(NO_ROUTE, Route::name).to_owned(),
            component: route.map_or(NO_ROUTE, |route| &route.component).to_owned(),
            started: Instant::now(),
            progress: Default::default(),
            instance: Default::default(),
        });
        let mut finish = Finish { trace: trace.clone(), log: self.request_log, permit: None };
        let Some((service, found)) = found else {
            trace.answered(StatusCode::NOT_FOUND);
            return plain(StatusCode::NOT_FOUND, "");
        };
        let request = match prepare(request, &found, local, client) {
            Ok(request) => request,
            Err(problem) => {
                trace.answered(StatusCode::BAD_REQUEST);
                return plain(StatusCode::BAD_REQUEST, problem);
            }
        };
        let (head, body) = request.into_parts();
        let Ok(body) = tokio::time::timeout(self.limits.request_timeout, receive(body)).await else {
            trace.answered(StatusCode::REQUEST_TIMEOUT);
            return plain(StatusCode::REQUEST_TIMEOUT, "The body took too long.");
        };
        let request = Request::from_parts(head, body);
        finish.permit = service.permits.clone().acquire_owned().await.ok();
        let response = match self.ask(service, &trace, request).await {
            Ok(response) => response,
            Err(unanswered) => apologize(&service.component.name, unanswered),
        };
        trace.answered(response.status());
        let (head, body) = response.into_parts();
        Response::from_parts(head, Finishing::begun(body, finish).await.boxed_unsync())
    }

    /// Answers a request of another component; `None` where there is no component of that name. It takes no place of those that
    /// requests from outside wait for: whoever sent it holds one, and components that ask each other would wait for each other's.
    pub(crate) async fn respond_within(
        &self,
        component: &str,
        request: Request<WasiBody>,
    ) -> Option<Response<WasiBody>> {
        let service = self.services.get(component)?;
        let trace = self.observer.observe(Trace {
            test_id: None,
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            route: NO_ROUTE.to_owned(),
            component: component.to_owned(),
            started: Instant::now(),
            progress: Default::default(),
            instance: Default::default(),
        });
        let finish = Finish { trace: trace.clone(), log: self.request_log, permit: None };
        let response = match prepare_within(request, component) {
            Ok(request) => match self.ask(service, &trace, request).await {
                Ok(response) => response,
                Err(unanswered) => apologize(component, unanswered),
            },
            Err(problem) => plain(StatusCode::BAD_REQUEST, problem),
        };
        trace.answered(response.status());
        let (head, body) = response.into_parts();
        Some(Response::from_parts(head, Finishing::begun(body, finish).await.boxed_unsync()))
    }

    /// Passes a request to an instance of its component.
    async fn ask(
        &self,
        service: &Service,
        trace: &Arc<Trace>,
        request: Request<WasiBody>,
    ) -> Result<Response<WasiBody>, Unanswered> {
        let deadline = tokio::time::Instant::now() + self.limits.request_timeout;
        let mut request = request;
        loop {
            let answer = tokio::time::timeout_at(deadline, service.handler.handle(trace.clone(), request)).await;
            let error = match answer {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(_)) if self.lifetime.closed.is_cancelled() => return Err(Unanswered::ShutDown),
                Ok(Err(error)) => error,
                Err(_) => return Err(Unanswered::TimedOut),
            };
            match error.downcast::<InstantiationError<Arc<Trace>>>() {
                Ok(refused) if refused.error.is::<wasmtime::PoolConcurrencyLimitError>() => {
                    request = refused.request.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
                    tokio::time::timeout_at(deadline, tokio::time::sleep(INSTANCE_PAUSE))
                        .await
                        .map_err(|_| Unanswered::Overloaded)?;
                }
                Ok(refused) => return Err(Unanswered::Failed(wasmtime::Error::msg(format!("{:#}", refused.error)))),
                Err(error) => return Err(Unanswered::Failed(error)),
            }
        }
    }
}

/// The response in place of the one that a component owes. What happened is for the operator, not for the client.
fn apologize(component: &str, unanswered: Unanswered) -> Response<WasiBody> {
    let (status, text, reason) = match unanswered {
        Unanswered::TimedOut => (StatusCode::GATEWAY_TIMEOUT, "The request took too long.", "timed out".to_owned()),
        Unanswered::Overloaded => {
            (StatusCode::SERVICE_UNAVAILABLE, "The service is overloaded.", "no instance was free".to_owned())
        }
        Unanswered::ShutDown => {
            (StatusCode::SERVICE_UNAVAILABLE, "The service is shutting down.", "cut off by the shutdown".to_owned())
        }
        Unanswered::Failed(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.", format!("{error:#}"))
        }
    };
    let _ = writeln!(std::io::stderr().lock(), "[{component}] no response: {reason}");
    plain(status, text)
}

fn plain(status: StatusCode, text: &'static str) -> Response<WasiBody> {
    let body = Full::new(Bytes::from_static(text.as_bytes())).map_err(|never: Infallible| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    if !text.is_empty() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    response
}

/// The request as a component gets it: with an absolute address, and Spin's headers.
fn prepare(
    request: Request<Incoming>,
    found: &Match<'_, '_>,
    local: SocketAddr,
    client: SocketAddr,
) -> Result<Request<WasiBody>, &'static str> {
    let (mut head, body) = request.into_parts();
    head.headers = last_of_each(head.headers);
    let local = local.to_string();
    let host = match (head.headers.get(HOST), head.uri.authority()) {
        (_, Some(authority)) => authority.as_str().to_owned(),
        (Some(host), None) => host.to_str().map_err(|_| "The host header is not valid.")?.to_owned(),
        (None, None) => local,
    };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let uri = Uri::builder().scheme("http").authority(host.as_str()).path_and_query(path.as_str()).build();
    head.uri = uri.map_err(|_| "The host header is not valid.")?;
    append_spin_headers(&mut head.headers, &format!("http://{host}{path}"), found, client)
        .map_err(|_| "The path is not valid.")?;
    Ok(Request::from_parts(head, body.map_err(Error::Hyper).boxed_unsync()))
}

/// A request of another component, as a component gets it: as from outside, from an address that nobody has.
fn prepare_within(request: Request<WasiBody>, component: &str) -> Result<Request<WasiBody>, &'static str> {
    const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
    let (mut head, body) = request.into_parts();
    head.headers = last_of_each(head.headers);
    let route = Route::everything(component);
    let found = Match { route: &route, parameters: Vec::new(), path_info: head.uri.path().to_owned() };
    let url = head.uri.to_string();
    append_spin_headers(&mut head.headers, &url, &found, NOBODY).map_err(|_| "The path is not valid.")?;
    Ok(Request::from_parts(head, body))
}

/// Of a header that the client sent several times, Spin keeps only the last.
fn last_of_each(headers: HeaderMap) -> HeaderMap {
    if headers.len() == headers.keys_len() {
        return headers;
    }
    let mut last = HeaderMap::with_capacity(headers.keys_len());
    for (name, value) in &headers {
        last.insert(name, value.clone());
    }
    last
}

/// Appends what Spin tells components about a request. As in Spin, a header of that name which the client sent stays,
/// and comes first.
fn append_spin_headers(
    headers: &mut HeaderMap,
    full_url: &str,
    found: &Match<'_, '_>,
    client: SocketAddr,
) -> Result<(), http::Error> {
    let client = client.to_string();
    let fixed = [
        ("spin-path-info", found.path_info.as_str()),
        ("spin-full-url", full_url),
        ("spin-matched-route", &found.route.pattern),
        ("spin-base-path", "/"),
        ("spin-raw-component-route", &found.route.pattern),
        ("spin-component-route", found.route.prefix()),
        ("spin-client-addr", &client),
    ];
    for (name, value) in fixed {
        headers.append(name, HeaderValue::from_str(value)?);
    }
    for (name, value) in &found.parameters {
        let name = HeaderName::try_from(format!("spin-path-match-{}", name.to_ascii_lowercase().replace('_', "-")))?;
        headers.append(name, HeaderValue::from_str(value)?);
    }
    Ok(())
}
