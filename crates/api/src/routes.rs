//! The table of every operation. What routes requests, checks them before a handler runs, describes them in OpenAPI and
//! compares `spin.toml` with the code, all reads this one table.

mod access;
mod account;
mod api_key;
mod delivery;
mod domain;
mod hook;
mod identity;
mod invitation;
mod link;
mod log;
mod member;
mod oauth;
mod org;
mod policy;
mod project;
mod seat;
mod service;
mod session;
mod webhook;

use crate::access::is_of_the_standard;
use crate::codes::Code;
use crate::limits::BODY_BYTES_MAX;
use crate::model::*;
use crate::shape::Shape;

/// The methods in use. `HEAD` is answered where `GET` is, `OPTIONS` everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Who may call an operation, as far as that is known before anything is read from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Anyone,
    /// A person, by a session's bearer token or cookie.
    Session,
    /// Anyone; a session changes the answer.
    OptionalSession,
    /// A member of an organization: a person's session, or an API key.
    Member,
    /// A member, or the host product with the deployment's operator token.
    MemberOrOperator,
    /// A program: the host product with the operator token, or an API key.
    OperatorOrKey,
    /// The host product, with the deployment's operator token.
    Operator,
    /// Whoever has the deployment's dispatch token.
    DispatchToken,
    /// Whoever has a secret of the deployment's, and signs what is sent with it.
    Signature,
    /// Anyone, while `dev_mode` is on; otherwise the route does not exist.
    DevMode,
}

/// What an operation changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Read,
    /// Sessions and sign-ins, which belong to no organization and to no log, and guard themselves against repetition.
    SignIn,
    /// One's own account: a command that appends no event. Takes `Idempotency-Key` and `?dry_run=true`.
    OwnAccount,
    /// An organization: appends an event. Takes `Idempotency-Key`, `If-Match` and `?dry_run=true`.
    Organization,
    /// Activity and nothing else: of the use of keys, or as it is reported. No log, nothing to repeat or to try out.
    Usage,
    /// Organizations, by events that are due or that others have told of, or what is signed of their logs. Nothing to repeat or to try
    /// out: a second call finds less to do.
    Upkeep,
}

/// How a request that can have a body has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// As JSON.
    Required,
    /// As JSON, or not at all.
    Optional,
    /// As a form, which is how OAuth writes, or in a query as OAuth writes it: parameters that nobody knows are left alone.
    Form,
}

/// One operation.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Its name, and its handler's; `operationId` in OpenAPI.
    pub operation: &'static str,
    /// The component that answers it.
    pub component: &'static str,
    pub method: Method,
    /// Segments in braces are parameters: `/v1/orgs/{org}`.
    pub path: &'static str,
    /// Bytes of the path before its first parameter.
    pub literal_bytes: usize,
    pub summary: &'static str,
    pub description: &'static str,
    pub tag: &'static str,
    pub who: Who,
    pub effect: Effect,
    /// Whether it asks the store for anything.
    pub needs_store: bool,
    pub body_bytes_max: usize,
    pub query: Option<Shape>,
    pub request: Option<Shape>,
    /// Whether `request` has to be there.
    pub body: Body,
    /// The status of success.
    pub status: u16,
    pub response: Option<Shape>,
    /// The media types of success, where it is not JSON.
    pub media: &'static [&'static str],
    /// The type of refusals that are no problem documents, because another standard says how they read.
    pub refusal: Option<Shape>,
    /// Codes of its own; those that follow from the rest of the row are added by [`Route::problems`].
    pub refusals: &'static [Code],
}

impl Route {
    const fn new(operation: &'static str, component: &'static str, method: Method, path: &'static str) -> Self {
        Self {
            operation,
            component,
            method,
            path,
            literal_bytes: literal_bytes(path),
            summary: "",
            description: "",
            tag: "",
            who: Who::Member,
            effect: Effect::Read,
            needs_store: true,
            body_bytes_max: BODY_BYTES_MAX,
            query: None,
            request: None,
            body: Body::Required,
            status: 200,
            response: None,
            media: &[],
            refusal: None,
            refusals: &[],
        }
    }

    const fn says(mut self, tag: &'static str, summary: &'static str, description: &'static str) -> Self {
        self.tag = tag;
        self.summary = summary;
        self.description = description;
        self
    }

    const fn who(mut self, who: Who) -> Self {
        self.who = who;
        self
    }

    const fn changes(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    const fn without_store(mut self) -> Self {
        self.needs_store = false;
        self
    }

    const fn body_bytes_max(mut self, bytes: usize) -> Self {
        self.body_bytes_max = bytes;
        self
    }

    const fn query<T: crate::fields::Request>(mut self) -> Self {
        self.query = Some(Shape::of_request::<T>());
        self
    }

    const fn takes<T: crate::fields::Request>(mut self) -> Self {
        self.request = Some(Shape::of_request::<T>());
        self
    }

    /// Takes a body or none.
    const fn may_take<T: crate::fields::Request>(mut self) -> Self {
        self.request = Some(Shape::of_request::<T>());
        self.body = Body::Optional;
        self
    }

    const fn takes_form<T: crate::fields::Request>(mut self) -> Self {
        self.request = Some(Shape::of_request::<T>());
        self.body = Body::Form;
        self
    }

    const fn query_form<T: crate::fields::Request>(mut self) -> Self {
        self.query = Some(Shape::of_request::<T>());
        self.body = Body::Form;
        self
    }

    const fn refuses<T: Representation>(mut self) -> Self {
        self.refusal = Some(Shape::of::<T>());
        self
    }

    const fn answers<T: Representation>(mut self, status: u16) -> Self {
        self.status = status;
        self.response = Some(Shape::of::<T>());
        self
    }

    const fn pages<T: Representation>(mut self) -> Self {
        self.response = Some(Shape::page_of::<T>());
        self
    }

    const fn answers_media(mut self, media: &'static [&'static str]) -> Self {
        self.media = media;
        self
    }

    const fn answers_nothing(mut self) -> Self {
        self.status = 204;
        self
    }

    /// Sends browsers elsewhere.
    const fn redirects(mut self) -> Self {
        self.status = 303;
        self
    }

    const fn may_refuse(mut self, refusals: &'static [Code]) -> Self {
        self.refusals = refusals;
        self
    }

    /// The segments of the path: literals and `{parameters}`.
    pub fn segments(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').skip(1)
    }

    /// The names of the path's parameters, in order.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.segments().filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Whether the operation changes anything.
    pub const fn is_change(&self) -> bool {
        !matches!(self.effect, Effect::Read)
    }

    /// Whether it takes `Idempotency-Key`, `If-Match` and `?dry_run=true`.
    pub const fn is_command(&self) -> bool {
        matches!(self.effect, Effect::Organization | Effect::OwnAccount)
    }

    /// Whether a program may ask with an API key.
    pub const fn takes_keys(&self) -> bool {
        matches!(self.who, Who::Member | Who::MemberOrOperator | Who::OperatorOrKey)
    }

    /// Whether a person may ask with a session, and so with a token of the external issuer.
    pub const fn takes_sessions(&self) -> bool {
        matches!(self.who, Who::Session | Who::OptionalSession | Who::Member | Who::MemberOrOperator)
    }

    /// Every code it may answer with, in the order of the registry.
    pub fn problems(&self) -> Vec<Code> {
        let has_fields = self.request.is_some() || self.query.is_some() || self.is_command();
        let may = |code: &Code| match code {
            Code::BadUrl | Code::UrlTooLong | Code::Internal | Code::Misconfigured => true,
            Code::NoSuchRoute => self.who == Who::DevMode || self.path.contains("..."),
            Code::BadAccessRequest => is_of_the_standard(self.path) && self.request.is_some(),
            Code::NotJson | Code::UnsupportedMediaType => self.request.is_some() && self.body != Body::Form,
            Code::BodyTooLarge => self.method != Method::Get,
            Code::Unauthenticated => !matches!(self.who, Who::Anyone | Who::Signature | Who::DevMode),
            Code::CrossOriginWrite => {
                self.is_change()
                    && !matches!(
                        self.who,
                        Who::Operator | Who::OperatorOrKey | Who::DispatchToken | Who::Signature | Who::DevMode
                    )
            }
            Code::SessionRequired => matches!(self.who, Who::Session | Who::OptionalSession),
            Code::ScopeLacks | Code::KeyOfAProject | Code::TooManyRequests => self.takes_keys(),
            Code::EmailUnverified | Code::AccountDeleted | Code::ProviderUnavailable => self.takes_sessions(),
            Code::KeyOwnerless => self.takes_keys() && self.is_command(),
            Code::NotFound => self.parameters().next().is_some(),
            Code::InvalidRequest => has_fields || self.method != Method::Get,
            Code::BadCursor => self.response.is_some_and(|shape| shape.name.ends_with("Page")),
            Code::VersionMismatch => self.is_command() && self.path.contains("{org}"),
            Code::IdempotencyKeyReused | Code::Contention => self.is_command(),
            Code::StoreUnavailable => self.needs_store,
            _ => false,
        };
        Code::ALL.iter().copied().filter(|code| may(code) || self.refusals.contains(code)).collect()
    }
}

/// The tags, with what each is about, in the order of the document.
pub const TAGS: &[(&str, &str)] = &[
    ("sign-in", "A one-time code by e-mail, or an identity provider, and the session that it is traded for."),
    ("identity", "What an identity provider tells of its users."),
    ("me", "One's own account and the invitations to it."),
    ("organizations", "What people are members of."),
    ("policies", "The rules of organizations: roles, rights, seats and lifetimes."),
    ("members", "Who is in an organization, and who is invited."),
    ("invitations", "Asking a person in, and answering."),
    ("seats", "What an organization has bought: its plan, seats, licences and limits."),
    ("billing", "What billing providers say, and who pays for whom."),
    ("api keys", "What programs use in members' names."),
    ("projects", "Parts of an organization that a person may be in without the rest."),
    ("access", "Who may do what, and why: the OpenID AuthZEN Authorization API 1.0."),
    ("webhooks", "Endpoints that are told of the organization's events, and what became of telling them."),
    ("deliveries", "The e-mails of an organization, and what became of them."),
    ("domains", "Domains that an organization has proved to be its own, and lets people in by."),
    ("oauth", "Machine clients, and the short-lived tokens that they get for the host product's own APIs."),
    ("audit", "The organization's log."),
    ("log", "The log as anybody can verify it: signed checkpoints, proofs, the raw events."),
    ("service", "The service itself."),
];

const INVITATION_ENDS: &[Code] = &[
    Code::SignInToAccept,
    Code::InvitationForAnotherAccount,
    Code::InvitationUnknown,
    Code::LimitReached,
    Code::InviterLostRight,
    Code::LeaveFirst,
    Code::InvitationExpired,
    Code::InvitationCancelled,
    Code::InvitationDeclined,
    Code::InvitationUsed,
    Code::AlreadyMember,
    Code::TooManyRequests,
];

/// The tables of which [`ROUTES`] is made.
const TABLES: &[&[Route]] = &[
    account::ROUTES,
    session::ROUTES,
    identity::ROUTES,
    access::ROUTES,
    org::ROUTES,
    invitation::ROUTES,
    link::ROUTES,
    policy::ROUTES,
    member::ROUTES,
    seat::ROUTES,
    api_key::ROUTES,
    project::ROUTES,
    log::ROUTES,
    delivery::ROUTES,
    hook::ROUTES,
    domain::ROUTES,
    oauth::ROUTES,
    webhook::ROUTES,
    service::ROUTES,
];

/// Every operation of the service.
pub const ROUTES: &[Route] = &joined::<{ rows(TABLES) }>(TABLES);

#[allow(clippy::indexing_slicing, reason = "runs while compiling, where a panic is an error message")]
const fn literal_bytes(path: &str) -> usize {
    let path = path.as_bytes();
    let mut at = 0;
    while at < path.len() && path[at] != b'{' {
        at += 1;
    }
    at
}

#[allow(clippy::indexing_slicing, reason = "runs while compiling, where a panic is an error message")]
const fn rows(tables: &[&[Route]]) -> usize {
    let (mut rows, mut table) = (0, 0);
    while table < tables.len() {
        (rows, table) = (rows + tables[table].len(), table + 1);
    }
    rows
}

/// One table of several.
#[allow(clippy::indexing_slicing, reason = "runs while compiling, where a panic is an error message")]
const fn joined<const N: usize>(tables: &[&[Route]]) -> [Route; N] {
    let mut all = [tables[0][0]; N];
    let (mut at, mut table) = (0, 0);
    while table < tables.len() {
        let mut row = 0;
        while row < tables[table].len() {
            all[at] = tables[table][row];
            (at, row) = (at + 1, row + 1);
        }
        table += 1;
    }
    all
}
