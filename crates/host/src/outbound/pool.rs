//! Connections that are kept for the next request to the same place.

use super::connect::Destination;
use crate::observe::lock;
use hyper::client::conn::http1::SendRequest;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use wasmtime_wasi_http::WasiBody;

/// How long a connection is kept that nobody uses. Shorter than what servers commonly allow, because a request that meets
/// their closing is lost.
const IDLE_MAX: Duration = Duration::from_secs(3);

/// How many connections to one place are kept.
const IDLE_CONNECTIONS_MAX: usize = 16;

/// How long a connection may take to be ready after its response has ended: its own task has to run once. It takes longer
/// only where the request's body is still being sent.
const SETTLING: Duration = Duration::from_millis(20);

/// One side of a connection: the other is a task that reads and writes.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) requests: SendRequest<WasiBody>,
    pub(crate) driver: AbortHandle,
}

/// The idle connections of one component.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    idle: HashMap<Destination, Vec<Idle>>,
    sweeper: Sweeper,
}

#[derive(Debug)]
struct Idle {
    sender: Sender,
    since: Instant,
}

/// Whether a task waits to close what has been idle for too long.
#[derive(Debug, Default, PartialEq, Eq)]
enum Sweeper {
    #[default]
    Away,
    Waiting,
}

impl Pool {
    /// A connection that is ready for a request.
    pub(crate) async fn take(&self, to: &Destination) -> Option<Sender> {
        while let Some(mut sender) = self.pop(to) {
            if let Ok(Ok(())) = tokio::time::timeout(SETTLING, sender.requests.ready()).await {
                return Some(sender);
            }
        }
        None
    }

    /// Keeps a connection whose response has ended.
    pub(crate) fn put(self: &Arc<Self>, to: Destination, sender: Sender) {
        if sender.requests.is_closed() {
            return;
        }
        let mut kept = lock(&self.0);
        let idle = kept.idle.entry(to).or_default();
        if idle.len() < IDLE_CONNECTIONS_MAX {
            idle.push(Idle { sender, since: Instant::now() });
        }
        if kept.sweeper == Sweeper::Away {
            kept.sweeper = Sweeper::Waiting;
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// The connection that was used last, which is the least likely to be closed by the other side.
    fn pop(&self, to: &Destination) -> Option<Sender> {
        let idle = lock(&self.0).idle.get_mut(to)?.pop()?;
        (idle.since.elapsed() < IDLE_MAX).then_some(idle.sender)
    }
}

impl Kept {
    fn close_expired(&mut self) {
        self.idle.retain(|_, idle| {
            idle.retain(|idle| idle.since.elapsed() < IDLE_MAX && !idle.sender.requests.is_closed());
            !idle.is_empty()
        });
    }
}

/// Closes connections that were idle for too long, until there are none or the pool is gone.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(IDLE_MAX).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut kept = lock(&pool.0);
        kept.close_expired();
        if kept.idle.is_empty() {
            kept.sweeper = Sweeper::Away;
            return;
        }
    }
}
