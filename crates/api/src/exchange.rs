//! What every request and every answer goes through, whatever the operation.

use std::rc::Rc;

use crate::access::is_of_the_standard;
use crate::call::{Asks, Call, Context};
use crate::codes::Code;
use crate::head::{Credential, CredentialKind, CredentialSource, Head};
use crate::limits::{HSTS_MAX_AGE_S, PREFLIGHT_MAX_AGE_S, REQUEST_ID_CHARS_MAX, URL_BYTES_MAX};
use crate::problem::{PROBLEM_JSON, Problem};
use crate::reply::Reply;
use crate::router::{self, Found};
use crate::routes::{Method, Route, Who};
use crate::settings::Settings;
use crate::stream::Stream;

/// An answer as it goes out.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// `None` where the status or `HEAD` forbids a body.
    pub body: Option<Vec<u8>>,
    /// A body that is made while it is sent, in place of `body`.
    pub stream: Option<Stream>,
    /// A line for the service's log.
    pub log: Option<String>,
}

/// A request that may go on, or one that is answered already.
#[derive(Debug)]
pub enum Admission {
    /// Goes on to its handler, after its body was read if [`body_bytes_max`] says so.
    Call(Box<Call>),
    Answered(Reply),
}

/// The most bytes of body to read; `None` when the operation looks at no body.
pub fn body_bytes_max(call: &Call) -> Option<usize> {
    (call.route().method != Method::Get).then_some(call.route().body_bytes_max)
}

/// Decides everything that can be decided from a request's head.
///
/// # Errors
/// 414, 404, 405, 400, 401 and 403, in this order.
pub fn admit(component: &str, head: impl Into<Rc<Head>>, context: Context) -> Result<Admission, Problem> {
    let head = head.into();
    let settings = context.settings.clone();
    if head.path.len() + head.query.len() > URL_BYTES_MAX {
        let detail = format!("Path and query have at most {URL_BYTES_MAX} bytes.");
        return Err(Problem::new(Code::UrlTooLong, detail).with("url_bytes_max", URL_BYTES_MAX));
    }
    let found = match router::find(&head.method, &head.path)? {
        Found::Operation(found) => found,
        Found::Options { allow } => return Ok(Admission::Answered(preflight(&head, &settings, allow))),
    };
    let route = found.route;
    if route.who == Who::DevMode && !settings.dev_mode {
        return Err(Problem::new(Code::NoSuchRoute, "Nothing answers at this path."));
    }
    if route.component != component {
        return Err(Problem::internal(format!(
            "{} is answered by {}, not by {component}",
            route.path, route.component
        )));
    }
    let query = router::query_pairs(&head.query)?;
    let may_be_operator = matches!(route.who, Who::Operator | Who::MemberOrOperator | Who::OperatorOrKey);
    let is_operator = may_be_operator && head.bearer().is_some_and(|token| settings.is_operator_token(token));
    let credential = if is_operator { None } else { credential(route, &head, &settings)? };
    match route.who {
        Who::Session | Who::Member | Who::MemberOrOperator if credential.is_none() && !is_operator => {
            return Err(Problem::unauthenticated());
        }
        Who::Operator if !is_operator => {
            return Err(Problem::new(Code::Unauthenticated, "Send the deployment's operator_token as a bearer token."));
        }
        Who::OperatorOrKey if credential.is_none() && !is_operator => {
            let detail = "Send the deployment's operator_token or an API key as a bearer token.";
            return Err(Problem::new(Code::Unauthenticated, detail));
        }
        Who::DispatchToken if !head.bearer().is_some_and(|token| settings.is_dispatch_token(token)) => {
            return Err(Problem::new(Code::Unauthenticated, "Send the deployment's dispatch_token as a bearer token."));
        }
        _ => {}
    }
    let comes_from_elsewhere = match credential.as_ref().map(|credential| credential.source) {
        Some(CredentialSource::Bearer) => false,
        Some(CredentialSource::Cookie) => !comes_from_home(&head, &settings),
        // Answers to these may set the cookie: another site must not sign its visitors in as somebody of its choice.
        None => head.header("origin").is_some_and(|origin| !settings.trusts_origin(origin)),
    };
    let is_proven_otherwise = is_operator || matches!(route.who, Who::DispatchToken | Who::Signature);
    if route.is_change() && !is_proven_otherwise && comes_from_elsewhere {
        let detail = "Pages of other origins may change nothing here without a bearer token. The service's own pages may, \
                      and those of its configured origins.";
        return Err(Problem::new(Code::CrossOriginWrite, detail));
    }
    let asker = if is_operator { Some(Asks::Operator) } else { credential.map(Asks::Bearer) };
    Ok(Admission::Call(Box::new(Call::new(context, head, found, query, asker))))
}

/// The session or the API key that a request came with, where its route takes such.
fn credential(route: &Route, head: &Head, settings: &Settings) -> Result<Option<Credential>, Problem> {
    let takes_sessions = route.takes_sessions();
    if !takes_sessions && !route.takes_keys() {
        return Ok(None);
    }
    if head.has_mistyped_key() {
        let detail = "This is no API key: it is cut off or mistyped, as its checksum tells.";
        return Err(Problem::new(Code::Unauthenticated, detail));
    }
    let credential = head.credential(settings.session_cookie());
    match credential.as_ref().map(|credential| credential.kind) {
        Some(CredentialKind::ApiKey) if !route.takes_keys() => {
            let detail = "An API key acts within its organization. This is for a person: sign in and send the session.";
            Err(Problem::new(Code::SessionRequired, detail))
        }
        Some(CredentialKind::Session | CredentialKind::Jwt) if !takes_sessions => Ok(None),
        _ => Ok(credential),
    }
}

/// The problem of a body that is larger than its route allows.
pub fn body_too_large(route: &Route) -> Problem {
    let detail = format!("The body has at most {} bytes here.", route.body_bytes_max);
    Problem::new(Code::BodyTooLarge, detail).with("body_bytes_max", route.body_bytes_max)
}

/// Makes an answer ready to go out: whatever it is, it leaves with a request id and the headers that protect it.
pub fn finish(
    result: Result<Reply, Problem>,
    head: &Head,
    request_id: &str,
    settings: Option<&Settings>,
    route: Option<&Route>,
) -> Outgoing {
    let request_id = answered_id(head).unwrap_or(request_id);
    let result = result.and_then(|reply| check(reply, route));
    let (mut reply, log) = match result {
        Ok(reply) => (reply, None),
        Err(problem) => {
            let log = problem.log.as_ref().map(|reason| format!("{request_id} {}: {reason}", problem.code.name()));
            (of_problem(&problem, request_id), log)
        }
    };
    let has_body = head.method != "HEAD" && !matches!(reply.status, 204 | 304);
    let mut headers: Vec<(String, String)> =
        reply.headers.drain(..).map(|(name, value)| (name.to_owned(), one_line(value))).collect();
    if !has_body && reply.status == 204 {
        headers.retain(|(name, _)| name != "content-type");
    }
    headers.push(("x-request-id".to_owned(), request_id.to_owned()));
    protect(&mut headers, settings);
    share(&mut headers, head, settings);
    let stream = reply.stream.filter(|_| has_body);
    if has_body && stream.is_none() {
        // With a known length the answer leaves in one piece; without, it is cut into chunks.
        headers.push(("content-length".to_owned(), reply.body.len().to_string()));
    }
    Outgoing { status: reply.status, headers, body: (has_body && stream.is_none()).then_some(reply.body), stream, log }
}

/// The name that the client gave its request, where the answer must have the same: in the Authorization API.
fn answered_id(head: &Head) -> Option<&str> {
    let given = head.header("x-request-id").filter(|_| is_of_the_standard(&head.path))?;
    let is_printable = given.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let length_fits = (1..=REQUEST_ID_CHARS_MAX).contains(&given.len());
    (length_fits && is_printable).then_some(given)
}

fn of_problem(problem: &Problem, request_id: &str) -> Reply {
    let body = problem.document(request_id).to_string();
    let mut reply = Reply { status: problem.status(), ..Reply::bytes(PROBLEM_JSON, body) };
    if let Some(seconds) = problem.retry_after_s {
        reply = reply.header("retry-after", seconds.to_string());
    }
    if let Some(allow) = &problem.allow {
        reply = reply.header("allow", allow.to_string());
    }
    if problem.status() == 401 {
        reply = reply.header("www-authenticate", "Bearer");
    }
    reply
}

/// An answer of another type or status than the table declares would make the OpenAPI document lie.
fn check(reply: Reply, route: Option<&Route>) -> Result<Reply, Problem> {
    if let Some(failure) = reply.failure {
        return Err(Problem::internal(failure));
    }
    let Some(route) = route else { return Ok(reply) };
    let declared = route.response.map(|shape| shape.name);
    let media_type = reply.headers.iter().find(|(name, _)| *name == "content-type").map(|(_, value)| value.as_str());
    let is_media = |wanted: &&str| media_type.is_some_and(|is| is.split(';').next() == Some(*wanted));
    let is_declared = match route.media {
        [] => reply.shape == declared || reply.shape.is_none(),
        media => reply.shape.is_none() && media.iter().any(is_media),
    };
    let is_success = reply.status == route.status && is_declared;
    let is_dry_run = route.is_command() && reply.status == 200 && reply.shape == Some("DryRun");
    let refuses = route.refusal.map(|shape| shape.name);
    let is_refusal = refuses.is_some() && reply.shape == refuses && matches!(reply.status, 400 | 401);
    if is_success || is_dry_run || is_refusal || reply.status == 304 {
        return Ok(reply);
    }
    let (status, shape) = (reply.status, reply.shape);
    Err(Problem::internal(format!(
        "{} answers {status} {shape:?}, the table says {} {declared:?}",
        route.operation, route.status
    )))
}

/// Headers that keep answers out of caches, frames, sniffers and referrers. A reply's own header stands.
fn protect(headers: &mut Vec<(String, String)>, settings: Option<&Settings>) {
    let mut add = |name: &str, value: &str| {
        if !headers.iter().any(|(key, _)| key == name) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    };
    add("cache-control", "no-store");
    add("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    add("referrer-policy", "no-referrer");
    add("x-content-type-options", "nosniff");
    if settings.is_some_and(Settings::is_https) {
        add("strict-transport-security", &format!("max-age={HSTS_MAX_AGE_S}"));
    }
}

/// Lets configured origins read the answer.
fn share(headers: &mut Vec<(String, String)>, head: &Head, settings: Option<&Settings>) {
    let trusted =
        head.header("origin").filter(|origin| settings.is_some_and(|settings| settings.trusts_origin(origin)));
    if let Some(origin) = trusted {
        headers.push(("access-control-allow-origin".to_owned(), origin.to_owned()));
        headers.push(("access-control-allow-credentials".to_owned(), "true".to_owned()));
        let exposed = "content-disposition, etag, idempotent-replayed, latchkey-export-total, link, location, retry-after, \
                       x-request-id";
        headers.push(("access-control-expose-headers".to_owned(), exposed.to_owned()));
    }
    // A cache must not give one origin's answer to another.
    match headers.iter_mut().find(|(name, _)| name == "vary") {
        Some((_, value)) => value.push_str(", origin"),
        None => headers.push(("vary".to_owned(), "origin".to_owned())),
    }
}

fn preflight(head: &Head, settings: &Settings, allow: String) -> Reply {
    let reply = Reply::no_content().header("allow", allow.clone());
    let asks = head.header("access-control-request-method").is_some();
    if !asks || !head.header("origin").is_some_and(|origin| settings.trusts_origin(origin)) {
        return reply;
    }
    reply
        .header("access-control-allow-methods", allow)
        .header("access-control-allow-headers", "authorization, content-type, idempotency-key, if-match")
        .header("access-control-max-age", PREFLIGHT_MAX_AGE_S.to_string())
}

/// Whether a browser sent this from a page that may use the cookie. `Origin` says so; some browsers leave it out on
/// requests within one origin, and then `Sec-Fetch-Site` says it. A request with neither has not come from a browser of
/// today, and had better use a bearer token.
fn comes_from_home(head: &Head, settings: &Settings) -> bool {
    match (head.header("origin"), head.header("sec-fetch-site")) {
        (Some(origin), _) => settings.trusts_origin(origin),
        (None, Some(site)) => matches!(site, "same-origin" | "none"),
        (None, None) => false,
    }
}

/// A header's value cannot hold a line break, whoever made it.
fn one_line(value: String) -> String {
    if value.contains(['\r', '\n', '\0']) { value.replace(['\r', '\n', '\0'], " ") } else { value }
}
