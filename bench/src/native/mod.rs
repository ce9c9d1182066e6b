//! A native server with the operations that are measured, for comparison: hyper and rusqlite, the same statements with the
//! same pragmas, the same decisions, the same answers. What it leaves out is what a component and its host add.

mod operations;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::failure::Outcome;

/// What is answered: a status and a body.
type Answer = (StatusCode, Vec<u8>);

/// Serves until the process is ended.
///
/// # Errors
/// The address cannot be listened on.
pub(crate) fn serve(file: PathBuf, address: SocketAddr) -> Outcome<()> {
    let file = Arc::new(file);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let file = file.clone();
            let service = service_fn(move |request| {
                let file = file.clone();
                async move { Ok::<_, Infallible>(respond(&file, request).await) }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    })
}

async fn respond(file: &std::path::Path, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let (status, body) = match body.collect().await {
        Ok(body) => operations::answer(file, &head, &body.to_bytes()),
        Err(_) => (StatusCode::BAD_REQUEST, Vec::new()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}
