//! Errors as they leave the service: RFC 9457 problem details with a registered code.

use serde_json::{Map, Value, json};

pub use crate::codes::Code;
use crate::limits;

/// The media type of every error.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// One wrong field of a request: of its body, its query or its headers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The name as the client wrote it, with its place where it is nested: `roles[1].permissions[3]`.
    pub field: String,
    pub code: &'static str,
    /// A sentence for the person who filled in that field, without its name.
    pub message: String,
}

/// An error with everything its answer needs. What the client may not see is kept apart, for the log.
///
/// Kept below 128 bytes (hence the boxes), because every fallible function passes it up.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub code: Code,
    /// What is wrong this time, and what to do about it.
    pub detail: String,
    /// Wrong fields; empty for anything but a 422.
    pub errors: Vec<FieldError>,
    /// Further members, such as `used` and `total`.
    pub extensions: Map<String, Value>,
    /// `Retry-After`, in seconds.
    pub retry_after_s: Option<u32>,
    /// `Allow`, of a 405.
    pub allow: Option<Box<str>>,
    /// For the service's log, with the request id; never sent.
    pub log: Option<Box<str>>,
}

impl Problem {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            extensions: Map::new(),
            retry_after_s: None,
            allow: None,
            log: None,
        }
    }

    /// A 422 that names every wrong field.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => format!("{}: {}", one.field, one.message),
            several => format!("{} fields are wrong: {}.", several.len(), names(several)),
        };
        Self { errors, ..Self::new(Code::InvalidRequest, detail) }
    }

    /// A 422 for one field.
    pub fn field(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { field: field.to_owned(), code, message: message.into() }])
    }

    /// A thing that does not exist, or that this caller may not know of: both read the same.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}, or it is not yours to see.")).with("what", what)
    }

    /// No usable credential.
    pub fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated, "Sign in first: there is no session, or it has ended.")
    }

    /// A bug of ours, or a world that broke its promise. `reason` goes to the log only.
    pub fn internal(reason: impl Into<String>) -> Self {
        let detail = "Something broke on our side. The operator finds it in the log under the request id.";
        Self { log: Some(reason.into().into()), ..Self::new(Code::Internal, detail) }
    }

    /// The deployment's variables cannot be used. `reason` goes to the log only.
    pub fn misconfigured(reason: impl Into<String>) -> Self {
        let detail = "The service is not configured yet. The operator finds the reason in its log.";
        Self { log: Some(reason.into().into()), ..Self::new(Code::Misconfigured, detail) }
    }

    /// The store is down, full or locked: nothing was changed. `reason` goes to the log only.
    pub fn store_unavailable(reason: impl Into<String>) -> Self {
        let detail = format!("Nothing was changed. Try again in {} seconds.", limits::RETRY_AFTER_S);
        Self { log: Some(reason.into().into()), ..Self::new(Code::StoreUnavailable, detail) }
            .retry_after_s(limits::RETRY_AFTER_S)
    }

    /// An identity provider does not answer, or not as it must. `reason` goes to the log only.
    pub fn provider_unavailable(reason: impl Into<String>) -> Self {
        let detail = format!("Nothing was changed. Try again in {} seconds.", limits::RETRY_AFTER_S);
        Self { log: Some(reason.into().into()), ..Self::new(Code::ProviderUnavailable, detail) }
            .retry_after_s(limits::RETRY_AFTER_S)
    }

    /// Adds a further member. The names that RFC 9457 and this service give a meaning to are left alone.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        const TAKEN: [&str; 8] = ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"];
        if !TAKEN.contains(&name) {
            self.extensions.insert(name.to_owned(), value.into());
        }
        self
    }

    #[must_use]
    pub fn retry_after_s(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(u32::try_from(seconds).unwrap_or(u32::MAX));
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.code.status()
    }

    /// The problem document.
    pub fn document(&self, request_id: &str) -> Value {
        let mut document = json!({
            "type": self.code.type_uri(),
            "title": self.code.title(),
            "status": self.status(),
            "detail": self.detail,
            "code": self.code.name(),
            "request_id": request_id,
        });
        if let Some(members) = document.as_object_mut() {
            if !self.errors.is_empty() {
                let errors = self.errors.iter().take(limits::FIELD_ERRORS_MAX);
                let errors = errors.map(|e| json!({"field": e.field, "code": e.code, "message": e.message}));
                members.insert("errors".to_owned(), errors.collect());
            }
            members.extend(self.extensions.clone());
        }
        document
    }
}

fn names(errors: &[FieldError]) -> String {
    const SHOWN: usize = 10;
    let mut names: Vec<&str> = errors.iter().take(SHOWN).map(|error| error.field.as_str()).collect();
    if errors.len() > SHOWN {
        names.push("…");
    }
    names.join(", ")
}
