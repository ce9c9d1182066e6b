//! From the runtime's request to a handler and back.
//!
//! The handler interface is implemented here and not by the SDK's macro: that one hands the response over before the
//! write of its body has begun, so that a small answer leaves in two segments, and Nagle's algorithm holds the second
//! back for some 40 ms on a connection that is kept alive.

use std::future::Future;
use std::rc::Rc;

use latchkey_api::exchange::{self, Admission, Outgoing};
use latchkey_api::{Call, Code, Context, Head, Pieces, Problem, Reply, Route, Who};
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Method, Request, Response};
use spin_sdk::wasip3::wit_bindgen::{StreamResult, StreamWriter, yield_async};
use spin_sdk::wasip3::{wit_bindgen, wit_future, wit_stream};

use crate::usage::Use;
use crate::visit::Visit;
use crate::{clock, external, random, refused, settings};

/// How much of a body is read at a time.
const READ_BYTES: usize = 16 * 1024;

/// Answers one request of `component`.
///
/// # Errors
/// Only when the runtime refuses the answer's headers, which would be a bug.
pub async fn serve<H, F>(component: &'static str, request: Request, handler: H) -> Result<Response, ErrorCode>
where
    H: FnOnce(Call) -> F,
    F: Future<Output = Result<Reply, Problem>>,
{
    let head = Rc::new(head_of(&request));
    let now = clock::now();
    let request_id = random::request_id(now);
    let settings = settings::load().await;

    let (mut route, mut traces) = (None, Traces::default());
    let result = match &settings {
        Ok(settings) => {
            let context = Context { settings: settings.clone(), now, request_id: request_id.clone() };
            answer(component, head.clone(), context, request, handler, &mut route, &mut traces).await
        }
        Err(reason) => Err(Problem::misconfigured(reason.clone())),
    };

    if let (Err(problem), Some(route)) = (&result, route.filter(|route| route.who == Who::Signature)) {
        refused::count(route.operation, problem.code, now).await;
    }
    let settings = settings.as_ref().ok().map(|settings| &**settings);
    let outgoing = exchange::finish(result, &head, &request_id, settings, route);
    if let Some(line) = &outgoing.log {
        eprintln!("{component} {line}");
    }
    let status = outgoing.status;
    let response = send(component, &request_id, outgoing).await?;
    // Whoever is nobody has used nothing: what anybody could send must not be work for the database.
    if let Some(used) = traces.used.filter(|_| status != 401) {
        wit_bindgen::spawn(used.record(component, status));
    }
    if let Some(visit) = traces.visit.filter(Visit::is_due) {
        wit_bindgen::spawn(visit.record(component));
    }
    Ok(response)
}

/// What is recorded of a request once its answer has left.
#[derive(Default)]
struct Traces {
    used: Option<Use>,
    visit: Option<Visit>,
}

async fn answer<H, F>(
    component: &'static str,
    head: Rc<Head>,
    context: Context,
    request: Request,
    handler: H,
    route: &mut Option<&'static Route>,
    traces: &mut Traces,
) -> Result<Reply, Problem>
where
    H: FnOnce(Call) -> F,
    F: Future<Output = Result<Reply, Problem>>,
{
    match exchange::admit(component, head.clone(), context)? {
        Admission::Answered(reply) => Ok(reply),
        Admission::Call(call) => {
            *route = Some(call.route());
            external::confirm(&call).await?;
            // Whatever is found wrong with it from here on, the key was used.
            *traces = Traces { used: Use::of(&call), visit: Visit::of(&call, &head) };
            let body = match exchange::body_bytes_max(&call) {
                Some(bytes_max) => read_body(request, call.route(), bytes_max).await?,
                None => Vec::new(),
            };
            let call = call.with_body(body)?;
            let is_command = call.route().is_command();
            let result = handler(call).await;
            if is_command && result.as_ref().is_ok_and(Reply::tells_of_a_change) {
                // A change that was made has recorded the use with it.
                traces.used = None;
            }
            result
        }
    }
}

fn head_of(request: &Request) -> Head {
    let other;
    let method = match request.get_method() {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(name) => {
            other = name;
            other.as_str()
        }
    };
    let target = request.get_path_with_query().unwrap_or_default();
    let headers = request.get_headers().copy_all().into_iter();
    let text =
        |value| String::from_utf8(value).unwrap_or_else(|fault| String::from_utf8_lossy(fault.as_bytes()).into_owned());
    let headers = headers.map(|(name, value)| (name, text(value))).collect();
    Head::new(method, &target, headers)
}

/// Reads a body, but never more than is allowed: the runtime itself sets no limit. One that broke off is no request:
/// what came of it could still be JSON, and mean something else.
async fn read_body(request: Request, route: &Route, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    // The runtime is told that the body was taken in good order when the writer is dropped.
    let (_taken, taken_reader) = wit_future::new(|| Ok(()));
    let (mut stream, trailers) = Request::consume_body(request, taken_reader);
    let mut body: Vec<u8> = Vec::new();
    let mut room = Vec::with_capacity(READ_BYTES);
    loop {
        let (outcome, mut chunk) = stream.read(room).await;
        body.append(&mut chunk);
        if body.len() > bytes_max {
            return Err(exchange::body_too_large(route));
        }
        match outcome {
            StreamResult::Complete(_) => room = chunk,
            StreamResult::Dropped | StreamResult::Cancelled => break,
        }
    }
    match trailers.await {
        Ok(_) => Ok(body),
        Err(_) => Err(Problem::new(Code::NotJson, "The body broke off before its end. Send the request again.")),
    }
}

async fn send(component: &'static str, request_id: &str, outgoing: Outgoing) -> Result<Response, ErrorCode> {
    let headers: Vec<(String, Vec<u8>)> =
        outgoing.headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
    let headers = Fields::from_list(&headers).map_err(|error| ErrorCode::InternalError(Some(error.to_string())))?;
    let (trailers, trailers_reader) = wit_future::new(|| Ok(None));
    let pieces = outgoing.stream.and_then(|stream| stream.take());
    let (response, writer) = if outgoing.body.is_some() || pieces.is_some() {
        let (writer, reader) = wit_stream::new();
        (Response::new(headers, Some(reader), trailers_reader).0, Some(writer))
    } else {
        (Response::new(headers, None, trailers_reader).0, None)
    };
    // A status is three digits here, always: the registry and the replies know no other.
    let _ = response.set_status_code(outgoing.status);
    match (writer, pieces) {
        (Some(writer), Some(pieces)) => {
            let whose = format!("{component} {request_id}");
            wit_bindgen::spawn(async move {
                let poured = pour(pieces, writer, &whose).await;
                let _ = trailers.write(poured.map(|()| None)).await;
            });
        }
        (writer, _) => wit_bindgen::spawn(async move {
            if let (Some(mut writer), Some(body)) = (writer, outgoing.body) {
                // What a client that has gone did not take is of no use to anybody.
                let _ = writer.write_all(body).await;
            }
            let _ = trailers.write(Ok(None)).await;
        }),
    }
    // Lets the write of the body begin before the head is handed over, so that both leave together.
    yield_async().await;
    Ok(response)
}

/// Sends a body while it is made, no faster than it is taken: one piece at a time is in memory.
///
/// # Errors
/// When the body cannot be completed. Told in place of its trailers, this breaks the connection: nobody takes a part for the
/// whole.
async fn pour(mut pieces: Box<dyn Pieces>, mut writer: StreamWriter<u8>, whose: &str) -> Result<(), ErrorCode> {
    loop {
        match pieces.next().await {
            Ok(Some(piece)) => {
                if !writer.write_all(piece).await.is_empty() {
                    // The client has gone, and with it the reason to go on.
                    return Ok(());
                }
            }
            Ok(None) => return Ok(()),
            Err(problem) => {
                let reason = problem.log.as_deref().unwrap_or(&problem.detail);
                eprintln!("{whose} {}, in the middle of an answer: {reason}", problem.code.name());
                return Err(ErrorCode::InternalError(None));
            }
        }
    }
}
