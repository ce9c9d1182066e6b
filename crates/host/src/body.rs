//! The bodies of responses on their way out, and what they and the instances that make them tell each other.

use crate::config::RequestLog;
use crate::observe::Trace;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime_wasi_http::{Error, WasiBody};

/// How long a response's head waits for the beginning of a body of known length, so that both leave in one write. A head
/// that leaves alone costs the client as much: Nagle's algorithm holds the body back for its delayed acknowledgement.
const BODY_BEGIN_WAIT: Duration = Duration::from_millis(40);

/// What an instance and the bodies that it streams tell each other.
#[derive(Debug)]
pub(crate) struct Signs {
    begun: Instant,
    /// When the connection last took a piece, in milliseconds since the beginning.
    taken_ms: AtomicU64,
    /// Whether the instance ended with work undone. The runtime lets a body whose instance is gone end as if it were
    /// complete.
    cut_off: AtomicBool,
}

impl Signs {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), taken_ms: AtomicU64::new(0), cut_off: AtomicBool::new(false) }
    }

    fn piece_taken(&self) {
        let ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.taken_ms.store(ms, Ordering::Relaxed);
    }

    /// When the connection last took a piece of a body.
    pub(crate) fn last_taken(&self) -> Instant {
        self.begun + Duration::from_millis(self.taken_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn cut_off(&self) {
        self.cut_off.store(true, Ordering::Release);
    }

    pub(crate) fn is_cut_off(&self) -> bool {
        self.cut_off.load(Ordering::Acquire)
    }
}

/// What is done when a response has been sent, or nobody wants it any more.
pub(crate) struct Finish {
    pub(crate) trace: Arc<Trace>,
    pub(crate) log: RequestLog,
    pub(crate) permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Finish {
    fn drop(&mut self) {
        self.permit = None;
        self.trace.finished(self.log);
    }
}

/// A body that finishes its request when it has been sent.
pub(crate) struct Finishing {
    /// What the body begins with, where that is known already.
    first: Option<Result<Frame<Bytes>, Error>>,
    rest: WasiBody,
    /// Of a body whose length is not known, and so not checked by the client: the signs of its instance.
    streamed_by: Option<Arc<Signs>>,
    _finish: Finish,
}

impl Finishing {
    /// Waits for the beginning of a body of known length. An instance hands over its response before it writes the body,
    /// also one that has the body ready: the connection's thread would send the head meanwhile, in a segment of its own.
    pub(crate) async fn begun(mut rest: WasiBody, finish: Finish) -> Self {
        let is_expected = rest.size_hint().exact().is_some_and(|bytes| bytes > 0) && !rest.is_end_stream();
        let mut first = None;
        if is_expected {
            // Nothing is lost when the time is over: the frame is then found where it was waited for.
            first = tokio::time::timeout(BODY_BEGIN_WAIT, rest.frame()).await.ok().flatten();
        }
        let is_streamed = rest.size_hint().exact().is_none();
        let streamed_by = finish.trace.instance.get().filter(|_| is_streamed).cloned();
        Self { first, rest, streamed_by, _finish: finish }
    }
}

impl Body for Finishing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        let polled = Pin::new(&mut self.rest).poll_frame(cx);
        match (&polled, &self.streamed_by) {
            (Poll::Ready(Some(_)), Some(instance)) => instance.piece_taken(),
            // Nobody may take the part for the whole: the connection breaks.
            (Poll::Ready(None), Some(instance)) if instance.is_cut_off() => {
                return Poll::Ready(Some(Err(Error::HttpResponseIncomplete)));
            }
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        let is_cut_off = self.streamed_by.as_ref().is_some_and(|instance| instance.is_cut_off());
        self.first.is_none() && !is_cut_off && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let first = self.first.as_ref().and_then(|first| first.as_ref().ok()).and_then(Frame::data_ref);
        let taken = first.map_or(0, |bytes| bytes.len() as u64);
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + taken);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + taken);
        }
        hint
    }
}
