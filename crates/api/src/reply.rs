//! Answers as handlers make them.

use serde::Serialize;
use serde_json::Value;

use crate::model::Representation;
use crate::paging::Page;
use crate::routes::Route;
use crate::settings::Settings;
use crate::stream::{Pieces, Stream};

/// The media type of every answer but errors and pages for people.
pub const JSON: &str = "application/json";

/// An answer. What every answer carries (request id, security headers, CORS) is added when it leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// A body that is made while it is sent, in place of `body`.
    pub(crate) stream: Option<Stream>,
    /// The name of the body's type; `None` for an answer without one and for what is not JSON.
    pub(crate) shape: Option<&'static str>,
    /// Why the body could not be written, which would be a bug.
    pub(crate) failure: Option<String>,
}

impl Reply {
    /// 200 with a body.
    pub fn ok<T: Representation>(body: &T) -> Self {
        Self::json(200, T::NAME, body)
    }

    /// 200 with a page of a list.
    pub fn page<T: Representation>(page: &Page<T>) -> Self {
        Self::json(200, T::PAGE_NAME, page)
    }

    /// 201 with what was created, and where it is found.
    pub fn created<T: Representation>(body: &T, location: impl Into<String>) -> Self {
        Self::json(201, T::NAME, body).header("location", location)
    }

    /// 202 with a body: work goes on after the answer.
    pub fn accepted<T: Representation>(body: &T) -> Self {
        Self::json(202, T::NAME, body)
    }

    /// A refusal of a kind that the route table names instead of problems.
    pub fn refusal<T: Representation>(status: u16, body: &T) -> Self {
        Self::json(status, T::NAME, body)
    }

    /// 204.
    pub fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: Vec::new(), stream: None, shape: None, failure: None }
    }

    /// The answer that was stored with a change: the same for the request that made it and for every repetition.
    pub fn stored(route: &Route, status: u16, body: Option<&Value>) -> Self {
        match (body, route.response) {
            (Some(body), Some(shape)) => Self::json(status, shape.name, body),
            _ => Self { status, ..Self::no_content() },
        }
    }

    /// 303: a browser goes elsewhere, by GET.
    pub fn see_other(location: impl Into<String>) -> Self {
        Self { status: 303, ..Self::no_content() }.header("location", location)
    }

    /// 304: the client has it.
    pub fn not_modified() -> Self {
        Self { status: 304, ..Self::no_content() }
    }

    /// 200 with a page for people. Its style may stand in the page; scripts, images and forms may not.
    pub fn html(page: String) -> Self {
        Self::bytes("text/html; charset=utf-8", page.into_bytes()).header(
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        )
    }

    /// 200 with a body that is made already.
    pub fn bytes(media_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", media_type.to_owned())];
        Self { status: 200, headers, body: body.into(), stream: None, shape: None, failure: None }
    }

    /// 200 with a body that is made while it is sent.
    pub fn stream(media_type: &'static str, pieces: impl Pieces + 'static) -> Self {
        Self { stream: Some(Stream::new(pieces)), ..Self::bytes(media_type, Vec::new()) }
    }

    /// Adds the version as `ETag`.
    #[must_use]
    pub fn etag(self, version: u64) -> Self {
        self.header("etag", format!("\"{version}\""))
    }

    /// Adds a header; `name` in lower case.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the session's cookie for `lifetime_s` seconds.
    #[must_use]
    pub fn session_cookie(self, settings: &Settings, token: &str, lifetime_s: i64) -> Self {
        self.header("set-cookie", cookie(settings, token, lifetime_s.max(0)))
    }

    /// Takes the session's cookie away.
    #[must_use]
    pub fn without_session_cookie(self, settings: &Settings) -> Self {
        self.header("set-cookie", cookie(settings, "", 0))
    }

    /// Sets the cookie that binds a sign-in at an identity provider to the browser that began it, for `lifetime_s` seconds.
    #[must_use]
    pub fn oidc_cookie(self, settings: &Settings, value: &str, lifetime_s: i64) -> Self {
        self.header("set-cookie", named_cookie(settings, settings.oidc_cookie(), value, lifetime_s.max(0)))
    }

    /// Whether a command answers with this that it made its change, now and not before.
    pub fn tells_of_a_change(&self) -> bool {
        let is_repeated = self.headers.iter().any(|(name, _)| *name == "idempotent-replayed");
        !is_repeated && self.shape != Some("DryRun")
    }

    fn json<T: Serialize>(status: u16, name: &'static str, body: &T) -> Self {
        let (body, failure) = match serde_json::to_vec(body) {
            Ok(body) => (body, None),
            Err(error) => (Vec::new(), Some(format!("{name} cannot be written: {error}"))),
        };
        Self {
            status,
            headers: vec![("content-type", JSON.to_owned())],
            body,
            stream: None,
            shape: Some(name),
            failure,
        }
    }
}

fn cookie(settings: &Settings, value: &str, max_age_s: i64) -> String {
    named_cookie(settings, settings.session_cookie(), value, max_age_s)
}

fn named_cookie(settings: &Settings, name: &str, value: &str, max_age_s: i64) -> String {
    let secure = if settings.is_https() { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}")
}
