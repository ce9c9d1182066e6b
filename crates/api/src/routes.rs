//! The table of every operation. What routes requests, checks them before a handler runs, describes them in OpenAPI and
//! compares `spin.toml` with the code, all reads this one table.

mod project;

use crate::codes::Code;
use crate::limits::{BODY_BYTES_MAX, POLICY_BODY_BYTES_MAX};
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
    /// A session, by bearer token or cookie.
    Session,
    /// Anyone; a session changes the answer.
    OptionalSession,
    /// A session, or the host product with the deployment's operator token.
    SessionOrOperator,
    /// The host product, with the deployment's operator token.
    Operator,
    /// Whoever has the deployment's dispatch token.
    DispatchToken,
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
    /// Organizations, by events that are due. Nothing to repeat or to try out: a second call finds less to do.
    Upkeep,
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
    /// The status of success.
    pub status: u16,
    pub response: Option<Shape>,
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
            summary: "",
            description: "",
            tag: "",
            who: Who::Session,
            effect: Effect::Read,
            needs_store: true,
            body_bytes_max: BODY_BYTES_MAX,
            query: None,
            request: None,
            status: 200,
            response: None,
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

    const fn answers<T: Representation>(mut self, status: u16) -> Self {
        self.status = status;
        self.response = Some(Shape::of::<T>());
        self
    }

    const fn pages<T: Representation>(mut self) -> Self {
        self.response = Some(Shape::page_of::<T>());
        self
    }

    const fn answers_nothing(mut self) -> Self {
        self.status = 204;
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

    /// Every code it may answer with, in the order of the registry.
    pub fn problems(&self) -> Vec<Code> {
        let has_fields = self.request.is_some() || self.query.is_some() || self.is_command();
        let may = |code: &Code| match code {
            Code::BadUrl | Code::UrlTooLong | Code::Internal | Code::Misconfigured => true,
            Code::NoSuchRoute => self.who == Who::DevMode || self.path.contains("..."),
            Code::NotJson | Code::UnsupportedMediaType => self.request.is_some(),
            Code::BodyTooLarge => self.method != Method::Get,
            Code::Unauthenticated => !matches!(self.who, Who::Anyone | Who::DevMode),
            Code::CrossOriginWrite => {
                self.is_change() && !matches!(self.who, Who::Operator | Who::DispatchToken | Who::DevMode)
            }
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
    ("sign-in", "A one-time code by e-mail, and the session it is traded for."),
    ("me", "One's own account and the invitations to it."),
    ("organizations", "What people are members of."),
    ("policies", "The rules of organizations: roles, rights, seats and lifetimes."),
    ("members", "Who is in an organization, and who is invited."),
    ("invitations", "Asking a person in, and answering."),
    ("seats", "What an organization has bought: its plan, seats, licences and limits."),
    ("projects", "Parts of an organization that a person may be in without the rest."),
    ("audit", "The organization's log."),
    ("service", "The service itself."),
];

const INVITATION_ENDS: &[Code] = &[
    Code::SignInToAccept,
    Code::InvitationForAnotherAccount,
    Code::InvitationUnknown,
    Code::LimitReached,
    Code::InviterLostRight,
    Code::InvitationExpired,
    Code::InvitationCancelled,
    Code::InvitationDeclined,
    Code::InvitationUsed,
    Code::AlreadyMember,
    Code::TooManyRequests,
];

use Effect::{Organization, OwnAccount, SignIn, Upkeep};
use Method::{Delete, Get, Patch, Post, Put};

/// Every operation of the service.
pub const ROUTES: &[Route] = &joined::<{ REST.len() + project::ROUTES.len() }>([REST, project::ROUTES]);

/// One table of several.
#[allow(clippy::indexing_slicing, reason = "runs while compiling, where a panic is an error message")]
const fn joined<const N: usize>(tables: [&[Route]; 2]) -> [Route; N] {
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

const REST: &[Route] = &[
    Route::new("start_sign_in", "session", Post, "/v1/auth/email")
        .says(
            "sign-in",
            "Send a sign-in code",
            "Mails a code of six digits. The answer is the same whether the address has an account or not; using the \
             code makes one where there is none.",
        )
        .who(Who::Anyone)
        .changes(SignIn)
        .takes::<StartSignIn>()
        .answers::<SignInStarted>(202)
        .may_refuse(&[Code::TooManyRequests]),
    Route::new("verify_sign_in", "session", Post, "/v1/auth/email/verify")
        .says(
            "sign-in",
            "Trade a code for a session",
            "Answers a bearer token and sets it as a cookie. A code works once, for a short time and a few tries; a wrong \
             one never locks the address out.",
        )
        .who(Who::Anyone)
        .changes(SignIn)
        .takes::<VerifySignIn>()
        .answers::<Session>(200)
        .may_refuse(&[Code::CodeWrong, Code::CodeSpent, Code::TooManyRequests]),
    Route::new("sign_out", "session", Delete, "/v1/auth/session")
        .says("sign-in", "Sign out", "Ends the session that the request is made with, and clears its cookie.")
        .changes(SignIn)
        .answers_nothing(),
    Route::new("get_me", "session", Get, "/v1/me")
        .says("me", "Who am I", "The account of the session.")
        .answers::<Me>(200),
    Route::new("update_me", "session", Patch, "/v1/me")
        .says("me", "Change my account", "Changes what is given and leaves the rest.")
        .changes(OwnAccount)
        .takes::<UpdateMe>()
        .answers::<Me>(200),
    Route::new("delete_me", "session", Delete, "/v1/me")
        .says(
            "me",
            "Delete my account",
            "Leaves every organization and project, all at once, and ends every session; the address is free for a new \
             account. The logs keep the account's id and nothing that says who it was. Refused while the person is the last \
             holder of a top role, or the billed owner, anywhere. Done twice it answers 401: there is no session any more.",
        )
        .changes(OwnAccount)
        .takes::<DeleteMe>()
        .answers_nothing()
        .may_refuse(&[Code::AddressMismatch, Code::SoleTopRoleHolder, Code::BilledOwnerStays]),
    Route::new("list_my_invitations", "session", Get, "/v1/me/invitations")
        .says("me", "My invitations", "Pending invitations to the account's address, the oldest first.")
        .query::<ListMyInvitations>()
        .pages::<MyInvitation>(),
    Route::new("accept_my_invitation", "accept", Post, "/v1/me/invitations/{invitation}/accept")
        .says("me", "Accept an invitation to me", "Joins the organization. Accepting twice answers `already_member`.")
        .changes(Organization)
        .answers::<Accepted>(200)
        .may_refuse(INVITATION_ENDS),
    Route::new("decline_my_invitation", "accept", Post, "/v1/me/invitations/{invitation}/decline")
        .says("me", "Decline an invitation to me", "Ends the invitation. Declining twice changes nothing.")
        .changes(Organization)
        .answers_nothing()
        .may_refuse(INVITATION_ENDS),
    Route::new("create_org", "org", Post, "/v1/orgs")
        .says("organizations", "Create an organization", "Whoever creates it holds its top role.")
        .changes(Organization)
        .takes::<CreateOrg>()
        .answers::<Org>(201)
        .may_refuse(&[Code::UnknownPolicy, Code::LimitReached]),
    Route::new("list_orgs", "org", Get, "/v1/orgs")
        .says("organizations", "My organizations", "The organizations that one is an active member of, the oldest first.")
        .query::<ListOrgs>()
        .pages::<Org>(),
    Route::new("get_org", "org", Get, "/v1/orgs/{org}")
        .says("organizations", "Read an organization", "Its `ETag` is the version, for `If-Match`.")
        .answers::<Org>(200),
    Route::new("update_org", "org", Patch, "/v1/orgs/{org}")
        .says(
            "organizations",
            "Change an organization",
            "Its name, whether it sends e-mails, the role of those who join by a verified domain. Changes what is given and \
             leaves the rest. Needs `org.update`; for the role also what inviting to it needs.",
        )
        .changes(Organization)
        .takes::<UpdateOrg>()
        .answers::<Org>(200)
        .may_refuse(&[Code::Forbidden, Code::RoleOutOfReach, Code::RoleGrantsMore, Code::TopRoleLimit, Code::UnknownRole]),
    Route::new("delete_org", "org", Delete, "/v1/orgs/{org}")
        .says(
            "organizations",
            "Delete an organization",
            "Needs `org.delete`, and the organization's exact name in the body. Removes every member and cancels every \
             invitation, for good.",
        )
        .changes(Organization)
        .takes::<DeleteOrg>()
        .answers_nothing()
        .may_refuse(&[Code::Forbidden, Code::NameMismatch]),
    Route::new("list_policies", "policy", Get, "/v1/policies")
        .says("policies", "List the presets", "The policies that an organization can be created with, by name.")
        .who(Who::Anyone)
        .without_store()
        .query::<ListPolicies>()
        .pages::<PolicySummary>(),
    Route::new("get_policy", "policy", Get, "/v1/policies/{policy}")
        .says("policies", "Read a preset", "Every role with what it may do, and every rule: what a console shows.")
        .who(Who::Anyone)
        .without_store()
        .answers::<Policy>(200),
    Route::new("get_org_policy", "policy", Get, "/v1/orgs/{org}/policy")
        .says("policies", "Read an organization's rules", "Needs `org.read`. The `ETag` is the organization's version.")
        .who(Who::SessionOrOperator)
        .answers::<Policy>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("set_org_policy", "policy", Put, "/v1/orgs/{org}/policy")
        .says(
            "policies",
            "Change an organization's rules",
            "Replaces all of them, from the next request on. Needs the top role with `owner.transfer`; what is sold (`plans`, \
             `seats`, `top_role.holders`, `organizations_per_person`) only the operator changes. Rules that would strand \
             somebody on a role that is gone are refused.",
        )
        .who(Who::SessionOrOperator)
        .changes(Organization)
        .body_bytes_max(POLICY_BODY_BYTES_MAX)
        .takes::<SetOrgPolicy>()
        .answers::<Policy>(200)
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach,
            Code::RoleInUse,
            Code::MembersElsewhere,
            Code::LastTopRoleHolder,
            Code::BilledOwnerStays,
            Code::TopRoleLimit,
        ]),
    Route::new("list_members", "member", Get, "/v1/orgs/{org}/members")
        .says(
            "members",
            "List members",
            "Active members and pending invitations together, by default, in the order in which they came. Invitations into \
             single projects are not among them. Needs `member.read`.",
        )
        .query::<ListMembers>()
        .pages::<Member>()
        .may_refuse(&[Code::Forbidden, Code::UnknownRole]),
    Route::new("get_member", "member", Get, "/v1/orgs/{org}/members/{member}")
        .says("members", "Read a member", "Also one that is gone. Needs `member.read`.")
        .answers::<Member>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("remove_member", "member", Delete, "/v1/orgs/{org}/members/{member}")
        .says(
            "members",
            "Remove a member",
            "Takes effect on the member's very next request. Needs `member.remove` over the member's role. Removing twice \
             changes nothing.",
        )
        .changes(Organization)
        .answers_nothing()
        .may_refuse(&[Code::Forbidden, Code::RoleOutOfReach, Code::LastTopRoleHolder, Code::BilledOwnerStays]),
    Route::new("leave_org", "member", Post, "/v1/orgs/{org}/leave")
        .says("members", "Leave an organization", "Anyone may, except the last holder of the top role and the billed owner.")
        .changes(Organization)
        .answers_nothing()
        .may_refuse(&[Code::LastTopRoleHolder, Code::BilledOwnerStays]),
    Route::new("change_role", "role", Put, "/v1/orgs/{org}/members/{member}/role")
        .says(
            "members",
            "Change a member's role",
            "Takes effect on the member's very next request. Needs `member.change_role` over both roles; for oneself it is \
             stepping down.",
        )
        .changes(Organization)
        .takes::<ChangeRole>()
        .answers::<Member>(200)
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach, Code::RoleGrantsMore,
            Code::UnknownRole,
            Code::LastTopRoleHolder,
            Code::TopRoleLimit,
        ]),
    Route::new("transfer_ownership", "role", Post, "/v1/orgs/{org}/ownership")
        .says(
            "members",
            "Hand the top role over",
            "The member takes it, and whoever hands it over takes another role, in one step. Where the policy marks a billed \
             owner, the mark moves: the member takes the top role unless they have it, and whoever hands the mark over keeps \
             theirs unless `my_role` is given. Needs `owner.transfer`.",
        )
        .changes(Organization)
        .takes::<TransferOwnership>()
        .answers::<Member>(200)
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach,
            Code::RoleGrantsMore,
            Code::UnknownRole,
            Code::BilledOwnerStays,
            Code::TopRoleLimit,
        ]),
    Route::new("create_invitation", "invite", Post, "/v1/orgs/{org}/invitations")
        .says(
            "invitations",
            "Invite a person",
            "Mails a link that is good until it expires, is cancelled or is sent again. Needs `member.invite` for the role.",
        )
        .changes(Organization)
        .takes::<CreateInvitation>()
        .answers::<Invitation>(201)
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach, Code::RoleGrantsMore,
            Code::AlreadyMember,
            Code::AlreadyInvited,
            Code::TopRoleLimit,
            Code::SeatLimit,
            Code::LimitReached,
            Code::UnknownRole,
        ]),
    Route::new("list_invitations", "invite", Get, "/v1/orgs/{org}/invitations")
        .says("invitations", "List invitations", "Of every status unless one is asked for, the newest first. Needs `member.read`.")
        .query::<ListInvitations>()
        .pages::<Invitation>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("cancel_invitation", "invite", Delete, "/v1/orgs/{org}/invitations/{invitation}")
        .says("invitations", "Cancel an invitation", "Its link stops working. Cancelling twice changes nothing.")
        .changes(Organization)
        .answers_nothing()
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach,
            Code::InvitationExpired,
            Code::InvitationDeclined,
            Code::InvitationUsed,
        ]),
    Route::new("resend_invitation", "invite", Post, "/v1/orgs/{org}/invitations/{invitation}/resend")
        .says(
            "invitations",
            "Send an invitation again",
            "With a new link and a new term; the old link stops working. An invitation that has ended stays ended: \
             invite the address again instead.",
        )
        .changes(Organization)
        .answers::<Invitation>(200)
        .may_refuse(&[
            Code::Forbidden,
            Code::RoleOutOfReach, Code::RoleGrantsMore,
            Code::InvitationExpired,
            Code::InvitationCancelled,
            Code::InvitationDeclined,
            Code::InvitationUsed,
        ]),
    Route::new("preview_invitation", "accept", Post, "/v1/invitations/preview")
        .says(
            "invitations",
            "Look at a mailed invitation",
            "What the link leads to. Looking burns nothing, and neither does a mail scanner, since links are never \
             answered by GET.",
        )
        .who(Who::Anyone)
        .takes::<InvitationTokenOnly>()
        .answers::<InvitationPreview>(200)
        .may_refuse(&[Code::InvitationUnknown, Code::TooManyRequests]),
    Route::new("accept_invitation", "accept", Post, "/v1/invitations/accept")
        .says(
            "invitations",
            "Accept a mailed invitation",
            "The token proves the address. Where the address has no account, accepting makes the account, a session and \
             the membership in one go; where it has one, its session is needed.",
        )
        .who(Who::OptionalSession)
        .changes(Organization)
        .takes::<AcceptInvitation>()
        .answers::<Accepted>(200)
        .may_refuse(INVITATION_ENDS),
    Route::new("decline_invitation", "accept", Post, "/v1/invitations/decline")
        .says("invitations", "Decline a mailed invitation", "Needs no account. Declining twice changes nothing.")
        .who(Who::OptionalSession)
        .changes(Organization)
        .takes::<InvitationTokenOnly>()
        .answers_nothing()
        .may_refuse(INVITATION_ENDS),
    Route::new("get_seats", "seat", Get, "/v1/orgs/{org}/seats")
        .says(
            "seats",
            "How many seats are in use",
            "Used, free and total, with what fills a seat under the organization's policy. Needs `org.read`, or the operator \
             token.",
        )
        .who(Who::SessionOrOperator)
        .answers::<Seats>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("set_plan", "seat", Put, "/v1/orgs/{org}/plan")
        .says(
            "seats",
            "Set the plan",
            "Puts the organization on a plan, with a number of seats of its own or with the plan's. Nobody loses anything by a \
             smaller one: new members and licences are refused until there is room. Needs `billing.manage`, or the operator \
             token.",
        )
        .who(Who::SessionOrOperator)
        .changes(Organization)
        .takes::<SetPlan>()
        .answers::<Seats>(200)
        .may_refuse(&[Code::Forbidden, Code::UnknownPlan]),
    Route::new("assign_licenses", "seat", Post, "/v1/orgs/{org}/licenses/assign")
        .says(
            "seats",
            "Assign licences",
            "To all of the members named, or, without a free seat for each of them, to nobody: then `outcomes` says what stands \
             in whose way. Needs `license.assign`.",
        )
        .changes(Organization)
        .takes::<LicensedMembers>()
        .answers::<LicenseChange>(200)
        .may_refuse(&[Code::Forbidden, Code::LicensesOff, Code::SeatLimit]),
    Route::new("remove_licenses", "seat", Post, "/v1/orgs/{org}/licenses/remove")
        .says(
            "seats",
            "Remove licences",
            "Whoever has none stays as they are. Removing a member frees their licence as well. Needs `license.assign`.",
        )
        .changes(Organization)
        .takes::<LicensedMembers>()
        .answers::<LicenseChange>(200)
        .may_refuse(&[Code::Forbidden, Code::LicensesOff]),
    Route::new("set_org_limits", "seat", Put, "/v1/orgs/{org}/limits")
        .says(
            "seats",
            "Set an organization's limits",
            "Named numbers that the host product asks about, in place of those there were. Needs `billing.manage`, or the \
             operator token.",
        )
        .who(Who::SessionOrOperator)
        .changes(Organization)
        .takes::<SetLimits>()
        .answers::<Limits>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("set_member_limits", "seat", Put, "/v1/orgs/{org}/members/{member}/limits")
        .says(
            "seats",
            "Set a member's limits",
            "In place of those the member had; each goes before the organization's of the same name. Needs `billing.manage`, \
             or the operator token.",
        )
        .who(Who::SessionOrOperator)
        .changes(Organization)
        .takes::<SetLimits>()
        .answers::<MemberLimits>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("set_personal_tier", "seat", Put, "/v1/users/{user}/tier")
        .says(
            "seats",
            "Report a person's own tier",
            "What a member without a licence has. Needs the operator token.",
        )
        .who(Who::Operator)
        .changes(OwnAccount)
        .takes::<SetPersonalTier>()
        .answers::<PersonalTier>(200),
    Route::new("list_audit", "audit", Get, "/v1/orgs/{org}/audit")
        .says("audit", "Read the audit log", "The newest event first. Needs `audit.read`.")
        .query::<ListAudit>()
        .pages::<AuditEvent>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("dispatch", "dispatch", Post, "/v1/dispatch")
        .says(
            "service",
            "Do what is due",
            "Called by a timer, with the dispatch token as bearer: marks invitations that have run out as expired.",
        )
        .who(Who::DispatchToken)
        .changes(Upkeep)
        .answers::<Dispatched>(200),
    Route::new("list_mail", "dispatch", Get, "/dev/mailbox")
        .says(
            "service",
            "The development mailbox",
            "Mail that would have been sent, the newest first: as JSON, or as a page for `Accept: text/html`. Exists only \
             while `dev_mode` is on.",
        )
        .who(Who::DevMode)
        .query::<ListMail>()
        .pages::<Mail>(),
    Route::new("get_service", "root", Get, "/")
        .says("service", "The front door", "Name, version and where to go.")
        .who(Who::Anyone)
        .without_store()
        .answers::<Service>(200),
    Route::new("get_openapi", "root", Get, "/v1/openapi.json")
        .says("service", "This description", "The OpenAPI 3.1 document of the service.")
        .who(Who::Anyone)
        .without_store(),
];
