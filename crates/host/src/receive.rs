//! Request bodies, waited for before they cost anything but memory.
//!
//! A component handles only so many requests at a time. A client that sends its body byte by byte, or not at all, would
//! keep one of these places until its time is over, and a few dozen of them would keep everybody else out. So a request
//! takes its place once its body is there, as far as that is small.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use wasmtime_wasi_http::{Error, WasiBody};

/// Bytes of a body that are waited for. What is longer is passed on as it comes.
const WAITED_FOR_BYTES: usize = 128 << 10;

/// A body of which the beginning has been received, and often all of it.
struct Received {
    frames: VecDeque<Result<Frame<Bytes>, Error>>,
    bytes: u64,
    rest: WasiBody,
}

/// Waits for a body's end, for its first 128 KiB, or for what breaks it off.
pub(crate) async fn receive(mut rest: WasiBody) -> WasiBody {
    let mut frames = VecDeque::new();
    let mut bytes = 0;
    while bytes < WAITED_FOR_BYTES && !rest.is_end_stream() {
        let Some(frame) = rest.frame().await else { break };
        bytes += frame.as_ref().ok().and_then(Frame::data_ref).map_or(0, Bytes::len);
        let is_broken = frame.is_err();
        frames.push_back(frame);
        if is_broken {
            break;
        }
    }
    if frames.is_empty() { rest } else { Received { frames, bytes: bytes as u64, rest }.boxed_unsync() }
}

impl Body for Received {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.frames.pop_front() {
            Some(frame) => {
                let taken = frame.as_ref().ok().and_then(Frame::data_ref).map_or(0, Bytes::len);
                self.bytes = self.bytes.saturating_sub(taken as u64);
                Poll::Ready(Some(frame))
            }
            None => Pin::new(&mut self.rest).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + self.bytes);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + self.bytes);
        }
        hint
    }
}
