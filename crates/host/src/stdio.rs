//! What components print: passed on line by line to the host's standard error, with the component's name before it.

use std::io::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

/// Longest piece of a line that waits for the line's end.
const LINE_BYTES_MAX: usize = 8192;

/// The standard output or error of a component.
#[derive(Clone, Debug)]
pub(crate) struct Prefixed(pub(crate) Arc<str>);

impl IsTerminal for Prefixed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Prefixed {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Lines { component: self.0.clone(), started: Vec::new() })
    }
}

/// Collects bytes until a line is whole, so that lines of several instances do not mix.
struct Lines {
    component: Arc<str>,
    started: Vec<u8>,
}

impl Lines {
    fn print(&mut self) {
        if !self.started.is_empty() {
            let text = String::from_utf8_lossy(&self.started);
            let _ = writeln!(std::io::stderr().lock(), "[{}] {}", self.component, text.trim_end_matches(['\r', '\n']));
            self.started.clear();
        }
    }
}

impl AsyncWrite for Lines {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.started.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.started.len() > LINE_BYTES_MAX {
                self.print();
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.print();
        Poll::Ready(Ok(()))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.print();
    }
}
