//! Requests of one component to another of the same application, which do not leave the process: what Spin calls local service
//! chaining.

use crate::body::Signs;
use crate::outbound::client;
use crate::serve::Server;
use http::{Request, Response};
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

/// The way to the other components. It leads somewhere once the application has started.
#[derive(Clone, Default)]
pub(crate) struct Chain(Arc<OnceLock<Weak<Server>>>);

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").finish_non_exhaustive()
    }
}

impl Chain {
    pub(crate) fn connect(&self, server: &Arc<Server>) {
        let _ = self.0.set(Arc::downgrade(server));
    }

    /// Sends a request of an instance, whose signs are given, to a component, and waits for the head of its response.
    pub(crate) async fn send(
        &self,
        component: &str,
        request: Request<WasiBody>,
        options: RequestOptions,
        instance: Arc<Signs>,
    ) -> Result<Response<WasiBody>, Error> {
        let server = self.0.get().and_then(Weak::upgrade).ok_or(Error::DestinationUnavailable)?;
        let request = request.map(|body| client::guarded(body, instance));
        let answer = server.respond_within(component, request);
        let answer =
            client::within(options.first_byte_timeout, Error::ConnectionReadTimeout, async { Ok(answer.await) });
        answer.await?.ok_or(Error::DestinationNotFound)
    }
}
