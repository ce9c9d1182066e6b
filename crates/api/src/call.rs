//! A request as a handler sees it.

use std::net::IpAddr;
use std::rc::Rc;

use latchkey_domain::billing::PayerId;
use latchkey_domain::{
    ApiKeyId, DomainId, InvitationId, JoinRequestId, LinkId, MailId, MemberId, OauthClientId, OrgId, ProjectId,
    ProjectMemberId, SessionId, UserId, WebhookId,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::codes::Code;
use crate::field_types::{CursorText, PageLimit, PolicyName};
use crate::fields::{self, Request};
use crate::head::{Credential, CredentialKind, Head, IdempotencyKey};
use crate::paging::{PageRequest, Scope};
use crate::problem::Problem;
use crate::reply::JSON;
use crate::router::{self, Match};
use crate::routes::Route;
use crate::settings::Settings;
use crate::time::Timestamp;

/// The media type of the forms that OAuth has instead of JSON.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// Whether a change is made or only worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Apply,
    DryRun,
}

/// What accompanies every change of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub mode: Mode,
    /// The client's name for the request; a repetition with the same name gets the first answer again.
    pub idempotency_key: Option<IdempotencyKey>,
    /// SHA-256 over method, path and body: tells a repetition from another request under the same key.
    pub request_hash: [u8; 32],
    /// The version that the organization must still have.
    pub if_match: Option<u64>,
}

/// Who asks, as far as the head of a request tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// Whoever has this session or this key. Whether it is good, the store knows.
    Bearer(Credential),
    /// The host product: its token was compared.
    Operator,
}

/// An identifier that stands in paths.
pub trait PathId: Sized {
    /// What it identifies, for the answer when it does not.
    const WHAT: &'static str;

    fn parse(text: &str) -> Option<Self>;
}

macro_rules! path_id {
    ($($type:ident: $what:literal;)+) => {$(
        impl PathId for $type {
            const WHAT: &'static str = $what;

            fn parse(text: &str) -> Option<Self> {
                $type::parse(text)
            }
        }
    )+};
}

/// The name of an identity provider. Which there are, the settings say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderName(pub String);

impl PathId for ProviderName {
    const WHAT: &'static str = "identity provider";

    fn parse(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

impl PathId for PolicyName {
    const WHAT: &'static str = "policy";

    fn parse(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

path_id! {
    OrgId: "organization";
    MemberId: "member";
    InvitationId: "invitation";
    LinkId: "invite link";
    ProjectId: "project";
    ProjectMemberId: "member of a project";
    UserId: "account";
    ApiKeyId: "API key";
    OauthClientId: "OAuth client";
    MailId: "delivery";
    WebhookId: "webhook";
    PayerId: "payer";
    SessionId: "session";
    DomainId: "domain";
    JoinRequestId: "join request";
}

/// What an instance knows about a request before its handler runs.
#[derive(Debug, Clone)]
pub struct Context {
    pub settings: Rc<Settings>,
    pub now: Timestamp,
    /// `req_` and a UUIDv7.
    pub request_id: String,
}

/// A request whose operation is known, whose body has been read and whose caller may be let in.
#[derive(Debug, Clone)]
pub struct Call {
    context: Context,
    head: Rc<Head>,
    found: Match,
    query: Vec<(String, String)>,
    asks: Option<Asks>,
    body: Vec<u8>,
}

impl Call {
    /// Puts a call together; [`admit`](crate::exchange::admit) has looked at everything but the body.
    pub(crate) fn new(
        context: Context,
        head: Rc<Head>,
        found: Match,
        query: Vec<(String, String)>,
        asks: Option<Asks>,
    ) -> Self {
        Self { context, head, found, query, asks, body: Vec::new() }
    }

    /// Adds the body, once it has been read.
    ///
    /// # Errors
    /// 422 for a query or a body where the operation takes none: what is ignored today would mean something tomorrow.
    pub fn with_body(mut self, body: Vec<u8>) -> Result<Self, Problem> {
        self.body = body;
        if self.route().query.is_none() {
            Nothing::from_query(&self.query, self.shared_parameters())?;
        }
        if self.route().request.is_none() && self.body.iter().any(|byte| !byte.is_ascii_whitespace()) {
            Nothing::from_json(&self.body)?;
        }
        Ok(self)
    }

    pub fn route(&self) -> &'static Route {
        self.found.route
    }

    pub fn head(&self) -> &Head {
        &self.head
    }

    pub fn settings(&self) -> &Settings {
        &self.context.settings
    }

    /// When the request arrived, in milliseconds since 1970. One request knows one moment.
    pub fn now_ms(&self) -> i64 {
        self.context.now.0
    }

    pub fn now(&self) -> Timestamp {
        self.context.now
    }

    pub fn request_id(&self) -> &str {
        &self.context.request_id
    }

    /// The address of the client, as far as it can be believed.
    pub fn client_addr(&self) -> Option<IpAddr> {
        self.head.client_addr(self.settings().trusted_proxy_hops)
    }

    /// The session's token or the API key, if one came. Whether it is good, the store knows.
    pub fn credential(&self) -> Option<&Credential> {
        match &self.asks {
            Some(Asks::Bearer(credential)) => Some(credential),
            _ => None,
        }
    }

    /// Whether a program asks, with an API key.
    pub fn is_key(&self) -> bool {
        self.credential().is_some_and(|credential| credential.kind == CredentialKind::ApiKey)
    }

    /// Whether the host product asks, with the operator token.
    pub fn is_operator(&self) -> bool {
        self.asks == Some(Asks::Operator)
    }

    /// The token of an external issuer that came in place of a session, where such are looked at. Whether it is good, somebody
    /// has to check first.
    pub fn external_token(&self) -> Option<&str> {
        let is_jwt = self.credential().is_some_and(|credential| credential.kind == CredentialKind::Jwt);
        self.head.jwt().filter(|_| is_jwt && self.settings().has_external_issuer())
    }

    /// The session's token.
    ///
    /// # Errors
    /// 401 without one.
    pub fn session(&self) -> Result<&Credential, Problem> {
        self.credential().ok_or_else(Problem::unauthenticated)
    }

    /// An identifier from the path.
    ///
    /// # Errors
    /// 404 for a malformed one, as for one that does not exist.
    pub fn path<T: PathId>(&self, name: &str) -> Result<T, Problem> {
        let value = self.found.parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        let value = value.ok_or_else(|| Problem::internal(format!("{} has no {name}", self.route().path)))?;
        T::parse(value).ok_or_else(|| Problem::not_found(T::WHAT))
    }

    /// The query, as the type that the route table names.
    ///
    /// # Errors
    /// 422 with every wrong parameter.
    pub fn query<T: Request>(&self) -> Result<T, Problem> {
        self.expect_shape(T::NAME, self.route().query.map(|shape| shape.name))?;
        T::from_query(&self.query, self.shared_parameters())
    }

    /// The query of a link that OAuth wrote, as the type that the route table names: read as [`Call::form`] reads a form.
    ///
    /// # Errors
    /// 422 with every wrong parameter, one that is there twice included.
    pub fn query_form<T: Request>(&self) -> Result<T, Problem> {
        self.expect_shape(T::NAME, self.route().query.map(|shape| shape.name))?;
        T::from_form(&self.query)
    }

    /// The body, as the type that the route table names.
    ///
    /// # Errors
    /// 415 for another media type, 400 for what is not JSON, 422 with every wrong field.
    pub fn body<T: Request>(&self) -> Result<T, Problem> {
        self.expect_shape(T::NAME, self.route().request.map(|shape| shape.name))?;
        if !self.is_sent_as(JSON) {
            return Err(Problem::new(Code::UnsupportedMediaType, "Send the body as Content-Type: application/json."));
        }
        T::from_json(&self.body)
    }

    /// The body as it was sent, to which a signature belongs.
    pub fn raw_body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON of any shape: what others send is theirs to describe.
    ///
    /// # Errors
    /// 415 for another media type, 400 for what is not JSON, 422 for what is no object.
    pub fn any_json(&self) -> Result<Value, Problem> {
        if !self.is_sent_as(JSON) {
            return Err(Problem::new(Code::UnsupportedMediaType, "Send the body as Content-Type: application/json."));
        }
        let value = fields::json_of(&self.body)?;
        if value.is_object() {
            Ok(value)
        } else {
            Err(Problem::field("body", "wrong_type", "This must be a JSON object."))
        }
    }

    /// The body, where it may be left out.
    ///
    /// # Errors
    /// As for [`Call::body`].
    pub fn optional_body<T: Request>(&self) -> Result<Option<T>, Problem> {
        if self.body.iter().all(u8::is_ascii_whitespace) { Ok(None) } else { self.body().map(Some) }
    }

    /// The body as a form, of the type that the route table names. Parameters that nobody knows are left alone, as forms of
    /// OAuth want it; a parameter without a value counts as absent.
    ///
    /// # Errors
    /// 415 for another media type, 400 for what cannot be decoded, 422 with every wrong field, one that is there twice included.
    pub fn form<T: Request>(&self) -> Result<T, Problem> {
        self.expect_shape(T::NAME, self.route().request.map(|shape| shape.name))?;
        if !self.is_sent_as(FORM) {
            return Err(Problem::new(Code::UnsupportedMediaType, format!("Send the body as Content-Type: {FORM}.")));
        }
        let text =
            std::str::from_utf8(&self.body).map_err(|_| Problem::field("body", "invalid", "This must be UTF-8."))?;
        T::from_form(&router::query_pairs(text)?)
    }

    fn is_sent_as(&self, wanted: &str) -> bool {
        let media_type = self.head.header("content-type").and_then(|value| value.split(';').next());
        media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(wanted))
    }

    /// What accompanies a change: how, under which name, on which version.
    ///
    /// # Errors
    /// 422 for a malformed header or `dry_run`.
    pub fn change(&self) -> Result<Change, Problem> {
        if !self.route().is_command() {
            return Err(Problem::internal(format!("{} is not a change of an organization", self.route().operation)));
        }
        let dry_run = self.query.iter().rev().find(|(name, _)| name == "dry_run").map(|(_, value)| value.as_str());
        let mode = match dry_run {
            None | Some("" | "false") => Mode::Apply,
            Some("true") => Mode::DryRun,
            Some(_) => return Err(Problem::field("dry_run", "wrong_type", "This must be true or false.")),
        };
        Ok(Change {
            mode,
            idempotency_key: self.head.idempotency_key()?,
            request_hash: self.request_hash(),
            if_match: self.head.if_match()?,
        })
    }

    /// The page of a list that `limit` and `cursor` ask for. The cursor is bound to this operation, path and filters.
    ///
    /// # Errors
    /// 422 `bad_cursor`.
    pub fn page(&self, limit: PageLimit, cursor: Option<&CursorText>) -> Result<PageRequest, Problem> {
        let mut filters: Vec<(&str, &str)> =
            self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        filters.retain(|(name, value)| !matches!(*name, "limit" | "cursor") && !value.is_empty());
        filters.sort_unstable();
        let place = [self.route().operation, self.head.path.as_str()];
        let scope = Scope::new(place.into_iter().chain(filters.into_iter().flat_map(|(name, value)| [name, value])));
        PageRequest::new(limit.0, cursor.map(|cursor| cursor.0.as_str()), scope)
    }

    /// The moment in the past that is asked about, in milliseconds since 1970.
    ///
    /// # Errors
    /// 422 for one in the future.
    pub fn moment(&self, as_of: Option<Timestamp>) -> Result<Option<i64>, Problem> {
        match as_of {
            Some(moment) if moment > self.now() => {
                Err(Problem::field("as_of", "out_of_range", "This must not be in the future."))
            }
            moment => Ok(moment.map(|moment| moment.0)),
        }
    }

    /// Parameters that belong to every change and to no request type.
    fn shared_parameters(&self) -> &'static [&'static str] {
        if self.route().is_command() { &["dry_run"] } else { &[] }
    }

    fn request_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [self.head.method.as_bytes(), self.head.path.as_bytes(), self.body.as_slice()] {
            // The length keeps a path's end apart from a body's start.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    // The OpenAPI document says what the table says; a handler that read another type would make it lie.
    fn expect_shape(&self, read: &str, declared: Option<&str>) -> Result<(), Problem> {
        if declared == Some(read) {
            return Ok(());
        }
        Err(Problem::internal(format!("{} reads {read}, the table says {declared:?}", self.route().operation)))
    }
}

crate::fields::request! {
    /// A request that takes nothing.
    pub struct Nothing {}
}
