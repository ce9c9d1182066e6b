//! The HTTP/1.1 client: requests of components out, responses in. It follows no redirects.

use super::connect::{Connector, Destination};
use super::pool::{Pool, Sender};
use crate::body::Signs;
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::error::Error as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::Sleep;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

/// How long each part of a request may take where the component does not say it.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// Sends the requests of one component.
#[derive(Debug)]
pub(crate) struct Client {
    connector: Connector,
    pool: Arc<Pool>,
}

impl Client {
    pub(crate) fn new(connector: Connector) -> Self {
        Self { connector, pool: Arc::default() }
    }

    /// Sends a request of an instance, whose signs are given, and waits for the head of its response.
    pub(crate) async fn send(
        &self,
        request: Request<WasiBody>,
        options: RequestOptions,
        instance: Arc<Signs>,
    ) -> Result<Response<WasiBody>, Error> {
        let to = Destination::of(request.uri()).ok_or(Error::HttpRequestUriInvalid)?;
        let mut request = request.map(|body| guarded(body, instance));
        *request.uri_mut() = origin_form(request.uri());
        let patience = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);
        loop {
            let kept = self.pool.take(&to).await;
            let is_kept = kept.is_some();
            let sender = match kept {
                Some(sender) => sender,
                None => within(options.connect_timeout, Error::ConnectionTimeout, self.connector.connect(&to)).await?,
            };
            let mut exchange = Exchange { sender: Some(sender), to: to.clone(), pool: self.pool.clone() };
            let answer =
                within(options.first_byte_timeout, Error::ConnectionReadTimeout, exchange.send(request)).await?;
            request = match answer {
                Answer::Response(incoming) => return Ok(incoming.map(|body| answered(body, exchange, patience))),
                // The server has closed the connection meanwhile, and has not seen the request.
                Answer::Unsent(request) if is_kept => *request,
                Answer::Unsent(_) => return Err(Error::ConnectionTerminated),
            };
        }
    }
}

/// What became of a request on a connection.
enum Answer {
    Response(Response<Incoming>),
    /// None of it has left.
    Unsent(Box<Request<WasiBody>>),
}

/// A request on its connection, until its response has ended. If it is given up before, so is the connection: neither may
/// the server take a part of a request for the whole, nor the next request get the rest of this one's response.
#[derive(Debug)]
struct Exchange {
    sender: Option<Sender>,
    to: Destination,
    pool: Arc<Pool>,
}

impl Exchange {
    async fn send(&mut self, request: Request<WasiBody>) -> Result<Answer, Error> {
        let Some(sender) = &mut self.sender else { return Err(Error::ConnectionTerminated) };
        match sender.requests.try_send_request(request).await {
            Ok(response) => Ok(Answer::Response(response)),
            Err(mut unsent) => match unsent.take_message() {
                Some(request) => Ok(Answer::Unsent(Box::new(request))),
                None => Err(failure(unsent.into_error(), Error::ConnectionTerminated)),
            },
        }
    }

    /// Gives the connection back for the next request.
    fn end(&mut self) {
        if let Some(sender) = self.sender.take() {
            self.pool.put(self.to.clone(), sender);
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            sender.driver.abort();
        }
    }
}

/// A request's body, which breaks off together with the instance that makes it: the runtime lets it end as if it were
/// complete.
struct Outgoing {
    rest: WasiBody,
    instance: Arc<Signs>,
}

/// A body of an instance's request, as whoever receives it may take it.
pub(crate) fn guarded(rest: WasiBody, instance: Arc<Signs>) -> WasiBody {
    Outgoing { rest, instance }.boxed_unsync()
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match ready!(Pin::new(&mut self.rest).poll_frame(cx)) {
            None if self.instance.is_cut_off() => Poll::Ready(Some(Err(Error::ConnectionTerminated))),
            polled => Poll::Ready(polled),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.rest.size_hint()
    }
}

/// A response's body, which holds its connection until it has ended.
struct Answered {
    incoming: Incoming,
    exchange: Option<Exchange>,
    patience: Duration,
    /// Runs while the next piece is waited for, and only then: a component that takes its time is not late.
    waiting: Option<Pin<Box<Sleep>>>,
}

fn answered(incoming: Incoming, exchange: Exchange, patience: Duration) -> WasiBody {
    let mut body = Answered { incoming, exchange: Some(exchange), patience, waiting: None };
    body.end_if_complete();
    body.boxed_unsync()
}

impl Answered {
    fn end_if_complete(&mut self) {
        if self.incoming.is_end_stream() {
            self.end();
        }
    }

    fn end(&mut self) {
        if let Some(mut exchange) = self.exchange.take() {
            exchange.end();
        }
    }
}

impl Body for Answered {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) else {
            let patience = self.patience;
            let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
            ready!(waiting.as_mut().poll(cx));
            self.exchange = None;
            return Poll::Ready(Some(Err(Error::ConnectionReadTimeout)));
        };
        self.waiting = None;
        match &frame {
            Some(Ok(_)) => self.end_if_complete(),
            Some(Err(_)) => self.exchange = None,
            None => self.end(),
        }
        Poll::Ready(frame.map(|frame| frame.map_err(|error| failure(error, Error::HttpResponseIncomplete))))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

pub(crate) async fn within<T>(
    timeout: Option<Duration>,
    too_late: Error,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(timeout.unwrap_or(DEFAULT_TIMEOUT), work).await.unwrap_or(Err(too_late))
}

/// Whom a request is for is in its connection and in its `host` header, and only a proxy would want it in its first line.
fn origin_form(uri: &Uri) -> Uri {
    uri.path_and_query().cloned().map_or_else(Uri::default, Uri::from)
}

/// What went wrong on a connection, in the words that components know; `broken_off` where the other side ended it.
fn failure(error: hyper::Error, broken_off: Error) -> Error {
    let is_io = error.source().is_some_and(|source| source.is::<std::io::Error>());
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() || is_io {
        broken_off
    } else {
        // The runtime finds in there what the component itself has said about its body.
        Error::Hyper(error)
    }
}
