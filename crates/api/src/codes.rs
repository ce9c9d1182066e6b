//! The registry of problem codes: the stable names by which a client tells one refusal from another.

macro_rules! codes {
    ($($(#[$group:meta])* $variant:ident = $name:literal, $status:literal, $title:literal, $advice:literal;)+) => {
        /// A problem code. Its name, status and meaning never change once released; `docs/errors.md` lists them all.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $title] $variant,)+
        }

        impl Code {
            /// Every code, in the order of `docs/errors.md`.
            pub const ALL: &[Code] = &[$(Code::$variant),+];

            /// The code of that name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.name() == name)
            }

            /// The stable name, as in the member `code`.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)+ }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Code::$variant => $status,)+ }
            }

            /// The member `title`: the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(Code::$variant => $title,)+ }
            }

            /// What whoever meets it does about it.
            pub const fn advice(self) -> &'static str {
                match self { $(Code::$variant => $advice,)+ }
            }

            /// The member `type` of RFC 9457: a URI reference, the same for every occurrence.
            pub const fn type_uri(self) -> &'static str {
                match self { $(Code::$variant => concat!("/problems/", $name),)+ }
            }
        }
    };
}

codes! {
    NotJson = "not_json", 400, "The body is not JSON", "Send one JSON value, encoded in UTF-8.";
    BadUrl = "bad_url", 400, "The URL cannot be read", "Percent-encode the path and the query as UTF-8.";
    BadAccessRequest = "bad_access_request", 400, "The request is none of the Authorization API",
        "Correct every field that `errors` names, then send it again.";
    Unauthenticated = "unauthenticated", 401, "Not signed in",
        "Sign in and send the session as `Authorization: Bearer …` or as the session cookie.";
    SignInToAccept = "sign_in_to_accept", 401, "Sign in to answer this invitation",
        "The invited address has an account: sign in with it, then send the same request with that session.";
    Forbidden = "forbidden", 403, "Your role does not allow this", "Ask somebody whose role has the `permission` named.";
    RoleOutOfReach = "role_out_of_reach", 403, "Your role does not reach that role",
        "Ask somebody whose role may do this to holders of `target_role`.";
    RoleGrantsMore = "role_grants_more", 403, "The role grants more than you have",
        "Ask somebody whose role has every permission in `missing`.";
    InvitationForAnotherAccount = "invitation_for_another_account", 403, "The invitation is for another account",
        "Sign in with the address that the invitation was sent to.";
    LinkDomain = "link_domain", 403, "The link is for other addresses", "Sign in with an address of one of the `domains`.";
    CrossOriginWrite = "cross_origin_write", 403, "No writes from elsewhere without a bearer token",
        "Call from `public_url` or an origin in `cors_origins`, or send the session as a bearer token.";
    SessionRequired = "session_required", 403, "This is for a person",
        "Sign in and send the session: API keys act within their organization only.";
    SignInAgain = "sign_in_again", 403, "Sign in again for this",
        "Sign in anew and send the same request with that session: the organization wants it no older than `max_age_s` seconds for this.";
    ScopeLacks = "scope_lacks", 403, "The key's scopes leave this out",
        "Use a key whose scopes have the `permission` named, or widen this one's.";
    KeyOfAProject = "key_of_a_project", 403, "The key is for one project", "Use a key for the whole organization, or for this project.";
    KeyOwnerless = "key_ownerless", 403, "The key has no holder",
        "What is done in a member's name needs a member: use a key that somebody holds.";
    ScopesTooWide = "scopes_too_wide", 403, "The key would do more than it may",
        "Leave the permissions in `missing` out: a key or a client does no more than its holder and whoever makes it, and in another's \
         name nothing that depends on the name, or that whoever makes it may do to some resources only.";
    ExceedsMaker = "exceeds_maker", 403, "The key would exceed whoever makes it",
        "Give it scopes, an end no later than that of the key that makes it, and no higher rate. With a key that has an end, make no client.";
    BadSignature = "bad_signature", 403, "The signature is of nobody known here",
        "Compare the secret of the sender with that of the deployment, and send the body as it was signed, to the byte.";
    StaleSignature = "stale_signature", 403, "The signature is not of now", "Set the clock right, and sign the event anew before sending it again.";
    ProviderRefused = "provider_refused", 403, "The identity provider refused",
        "Sign in there, and agree that it tells this service who you are; or sign in by a code.";
    IdentityRefused = "identity_refused", 403, "What the identity provider says does not hold",
        "Start the sign-in again; the operator finds the reason in the service's log.";
    EmailUnverified = "email_unverified", 403, "The address is not verified",
        "Have the identity provider verify the address, or sign in by a code that is sent to it.";
    AccountDeleted = "account_deleted", 403, "The account was deleted",
        "Sign in by hand, by a code or at an identity provider, to make a new account.";
    NoSuchRoute = "no_such_route", 404, "No such route", "Compare the path with `/v1/openapi.json`.";
    NotFound = "not_found", 404, "No such thing",
        "Check the identifier. What belongs to an organization that you are not in answers the same.";
    InvitationUnknown = "invitation_unknown", 404, "Unknown invitation",
        "Use the link in the newest e-mail: sending an invitation again replaces its link.";
    LinkUnknown = "link_unknown", 404, "Unknown invite link", "Ask whoever gave you the link for a new one.";
    MethodNotAllowed = "method_not_allowed", 405, "The method is not allowed here", "Use one of the methods in `Allow`.";
    AlreadyMember = "already_member", 409, "Already a member", "Nothing to do: the address belongs to `member`.";
    AlreadyInvited = "already_invited", 409, "Already invited", "Send `invitation` again, or cancel it first.";
    LastTopRoleHolder = "last_top_role_holder", 409, "The last holder of the top role stays",
        "Give somebody else the role first, or delete the organization.";
    TopRoleLimit = "top_role_limit", 409, "No more holders of the top role", "Upgrade the plan, or give another role.";
    SeatLimit = "seat_limit", 409, "No free seat",
        "Free a seat, or get more at `upgrade_url`. Where members fill seats, open invitations count.";
    LicensesOff = "licenses_off", 409, "Nothing is licensed here", "Use a policy whose seats are licences.";
    GuestsOff = "guests_off", 409, "Nobody is in a project only here", "Invite to the organization instead.";
    RoleInUse = "role_in_use", 409, "The role is in use", "Give everybody who has `role` another one first.";
    MembersElsewhere = "members_elsewhere", 409, "Members are in another organization",
        "These `members` leave the other organization first, or this one.";
    LeaveFirst = "leave_first", 409, "One organization at a time", "Leave `organization` first.";
    BilledOwnerStays = "billed_owner_stays", 409, "The billed owner stays", "Hand the billing over to another member first.";
    SoleTopRoleHolder = "sole_top_role_holder", 409, "Somebody else must be able to run your organizations",
        "In each of the `organizations`, hand the top role over or delete the organization.";
    RoleHoldsNoKeys = "role_holds_no_keys", 409, "The role holds no keys", "Choose a member whose role may hold keys.";
    KeyEnded = "key_ended", 409, "The key has ended", "Make a new key.";
    MailWasSent = "mail_was_sent", 409, "The mail was sent", "Only what did not arrive is sent once more.";
    WebhookIsOff = "webhook_is_off", 409, "The webhook is off", "Turn it on first.";
    ClientRevoked = "client_revoked", 409, "The OAuth client was revoked", "Make a new client.";
    DomainClaimed = "domain_claimed", 409, "The domain is claimed already", "Go on with `domain`: it is the organization's claim.";
    DomainUnproven = "domain_unproven", 409, "The record is not there",
        "Set the TXT record `name` to `value`, wait until the DNS knows it, and try again; `reason` says what was found.";
    DomainTaken = "domain_taken", 409, "Another organization has the domain",
        "Whoever runs the DNS of the domain takes the other organization's record away, then try again.";
    JoinDeclined = "join_declined", 409, "The request was turned down", "Ask somebody in the organization to invite you.";
    JoinRequestEnded = "join_request_ended", 409, "The request is over", "Invite the person, if they are still to come in.";
    LimitReached = "limit_reached", 409, "A limit is reached", "Make room below the limit named, then try again.";
    OrganizationTaken = "organization_taken", 409, "Another payer pays for that organization", "Have the other payer pay for nobody first.";
    NotYetCheckpointed = "not_yet_checkpointed", 409, "No checkpoint covers that yet",
        "Make one with `POST …/log/checkpoints`, or wait for the next: the newest covers `size` events.";
    InviterLostRight = "inviter_lost_right", 409, "The inviter may no longer invite you", "Ask the organization for a new invitation.";
    InvitationExpired = "invitation_expired", 410, "The invitation has expired", "Ask the organization to send it again.";
    InvitationCancelled = "invitation_cancelled", 410, "The invitation was cancelled", "Ask the organization for a new invitation.";
    InvitationDeclined = "invitation_declined", 410, "The invitation was declined", "Ask the organization for a new invitation.";
    InvitationUsed = "invitation_used", 410, "The invitation is used",
        "Sign in: when the invitation was yours, you are a member of the organization.";
    LinkExpired = "link_expired", 410, "The invite link has expired", "Ask for a new link.";
    LinkRevoked = "link_revoked", 410, "The invite link was revoked", "Ask for a new link.";
    LinkUsedUp = "link_used_up", 410, "The invite link is used up", "Ask for a new link.";
    CodeSpent = "code_spent", 410, "The sign-in code is no longer valid", "Ask for a new code; there is always one.";
    SignInOver = "sign_in_over", 410, "The sign-in is over",
        "Start it again, in the same browser, and finish it within ten minutes.";
    VersionMismatch = "version_mismatch", 412, "The organization has changed",
        "Read the organization again, and repeat the change with its present version in `If-Match` if it still makes sense.";
    BodyTooLarge = "body_too_large", 413, "The body is too large", "Send at most `body_bytes_max` bytes.";
    UrlTooLong = "url_too_long", 414, "The URL is too long", "Send at most `url_bytes_max` bytes of path and query.";
    UnsupportedMediaType = "unsupported_media_type", 415, "The body is not sent as JSON", "Send `Content-Type: application/json`.";
    InvalidRequest = "invalid_request", 422, "The request does not fit its description",
        "Correct every field that `errors` names, then send it again.";
    BadCursor = "bad_cursor", 422, "The cursor does not belong to this list",
        "Use `next_cursor` as it was given, with the same list and the same filters; or start without one.";
    UnknownRole = "unknown_role", 422, "The organization has no such role", "Use one of the roles in `known`.";
    UnknownPolicy = "unknown_policy", 422, "There is no such policy", "Use one of the policies in `known`.";
    UnknownPlan = "unknown_plan", 422, "The policy has no such plan", "Use one of the plans in `known`.";
    KeyFateNotAllowed = "key_fate_not_allowed", 422, "The policy decides otherwise about a leaver's keys", "Choose one of `allowed`.";
    NotTheirKeys = "not_their_keys", 422, "Not the member's keys", "Leave out the `keys` named: the member does not hold them.";
    UnknownPermission = "unknown_permission", 422, "The host product has no such permission here",
        "Use one of the permissions in `known`: those that some role of the policy has, without Latchkey's own.";
    NameMismatch = "name_mismatch", 422, "The name does not match", "To confirm, send the name of the organization or project exactly as it is.";
    AddressMismatch = "address_mismatch", 422, "The address does not match", "To confirm, send the account's own address.";
    BeforeTheBeginning = "before_the_beginning", 422, "Nothing was there yet", "Ask about a moment at or after `since`, when the log begins.";
    CodeWrong = "code_wrong", 422, "The sign-in code is wrong", "Try again, or ask for a new code when `tries_left` is 0.";
    IdempotencyKeyReused = "idempotency_key_reused", 422, "The idempotency key belongs to another request",
        "Use a new key for a new request; a repetition must be the same to the byte.";
    EventIdReused = "event_id_reused", 422, "The event's id belongs to another event", "Give every event an id of its own.";
    TooManyRequests = "too_many_requests", 429, "Too many requests", "Wait for `Retry-After` seconds, then try again.";
    Internal = "internal", 500, "Something broke", "Tell the operator the `request_id`; the log says more.";
    LogBroken = "log_broken", 500, "The log is not as it was signed",
        "Tell the operator that the database was changed by other means than the service; `cargo xtask verify-log` names what.";
    Misconfigured = "misconfigured", 500, "The service is not configured", "The operator finds the reason in the service's log.";
    ProviderUnavailable = "provider_unavailable", 503, "The identity provider does not answer",
        "Try again after `Retry-After` seconds, or sign in by a code.";
    Contention = "contention", 503, "Too many changes at once",
        "Nothing was changed. Try again after `Retry-After` seconds, with the same `Idempotency-Key`.";
    DomainUnresolvable = "domain_unresolvable", 503, "The DNS gives no answer about the domain",
        "Nothing was changed. Look whether the domain's name servers work, then try again after `Retry-After` seconds.";
    ResolverUnreachable = "resolver_unreachable", 503, "The DNS resolver does not answer",
        "Nothing was changed. Try again after `Retry-After` seconds; if it lasts, the operator looks at `dns_resolver`.";
    StoreUnavailable = "store_unavailable", 503, "The store is not available",
        "Try again after `Retry-After` seconds; with the same `Idempotency-Key` a change is made once.";
}

/// `docs/errors.md` as it must read.
pub fn errors_markdown() -> String {
    let mut page = String::from(
        "# Errors\n\nGenerated from `crates/api/src/codes.rs`; the test `docs` of `latchkey-api` compares.\n\n\
         Every error is an `application/problem+json` document (RFC 9457); only `/oauth/token` refuses as RFC 6749, 5.2 says:\n\n\
         ```json\n{\n  \"type\": \"/problems/seat_limit\",\n  \"title\": \"No free seat\",\n  \"status\": 409,\n  \
         \"detail\": \"45 of 45 seats are in use; pending invitations count.\",\n  \"code\": \"seat_limit\",\n  \
         \"request_id\": \"req_019392d1c4b87d00a1b2c3d4e5f60718\",\n  \"used\": 45,\n  \"total\": 45\n}\n```\n\n\
         `code` is stable: decide by it. `title` is the same for every occurrence, `detail` is written for the person in \
         front of the screen and says what to do; both may be reworded. `type` is the code as a URI reference, resolved \
         against the service's own address. `request_id` is also the header `x-request-id` and stands in the service's log. \
         Some codes carry further members, such as the numbers above. A 422 `invalid_request` names every wrong field:\n\n\
         ```json\n\"errors\": [\n  {\"field\": \"email\", \"code\": \"required\", \"message\": \"This is missing.\"}\n]\n```\n\n\
         The codes of a field are `required`, `unknown`, `wrong_type`, `too_short`, `too_long`, `out_of_range`, \
         `not_allowed` and `invalid`.\n\n\
         | Status | Code | Title | What to do |\n|---|---|---|---|\n",
    );
    for code in Code::ALL {
        page.push_str(&format!("| {} | `{}` | {} | {} |\n", code.status(), code.name(), code.title(), code.advice()));
    }
    page
}
