//! Every limit of the HTTP interface, each one named constant. `docs/limits.md` is generated from [`LIMITS`].

use latchkey_domain::policy::bounds;

/// One limit, as `docs/limits.md` lists it.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub name: &'static str,
    pub value: u64,
    pub unit: &'static str,
    /// What is limited, and what happens beyond it.
    pub about: &'static str,
}

macro_rules! limits {
    ($($(#[doc = $about:literal])+ $name:ident: $type:ty = $value:expr, $unit:literal;)+) => {
        $($(#[doc = $about])+ pub const $name: $type = $value;)+

        /// The table behind `docs/limits.md`.
        pub const LIMITS: &[Limit] =
            &[$(Limit { name: stringify!($name), value: $name as u64, unit: $unit, about: concat!($($about),+) }),+];
    };
}

limits! {
    /// Largest request body, unless the route says otherwise. Beyond it the answer is 413, and reading stops there.
    BODY_BYTES_MAX: usize = 64 * 1024, "bytes";
    /// Longest path with its query. Beyond it the answer is 414.
    URL_BYTES_MAX: usize = 4096, "bytes";
    /// Entries on one page of a list, unless `limit` says otherwise.
    PAGE_LIMIT_DEFAULT: u32 = 50, "entries";
    /// Most entries on one page of a list. A larger `limit` is answered with 422, in a search for access it counts as this.
    PAGE_LIMIT_MAX: u32 = 200, "entries";
    /// Longest `cursor` that is looked at. A longer one is answered with 422 `bad_cursor`.
    CURSOR_BYTES_MAX: usize = 1024, "bytes";
    /// Longest `Idempotency-Key`, in visible ASCII characters. A longer one is answered with 422.
    IDEMPOTENCY_KEY_CHARS_MAX: usize = 255, "characters";
    /// Longest session token, invitation token or challenge that is looked at; what is longer is unknown.
    TOKEN_BYTES_MAX: usize = 256, "bytes";
    /// Digits of a sign-in code.
    SIGN_IN_CODE_DIGITS: usize = 6, "digits";
    /// How long a sign-in code works.
    SIGN_IN_CODE_LIFETIME_S: i64 = 600, "seconds";
    /// Wrong codes after which a sign-in code is dead. The address is not locked: a new code is always available.
    SIGN_IN_CODE_TRIES_MAX: u32 = 5, "tries";
    /// Sign-in codes sent to one address in one window. Beyond it: 429; codes already sent go on working.
    SIGN_IN_CODES_PER_ADDRESS_MAX: u32 = 20, "codes";
    /// Of these, codes asked for from one client network, so that one network cannot keep a person from asking. Beyond it: 429.
    SIGN_IN_CODES_PER_ADDRESS_AND_CLIENT_MAX: u32 = 6, "codes";
    /// The window of the two limits per address.
    SIGN_IN_CODES_WINDOW_S: i64 = 3600, "seconds";
    /// How long a session lasts without being used, unless `session_idle_s` says otherwise.
    SESSION_IDLE_S_DEFAULT: i64 = 14 * 24 * 3600, "seconds";
    /// How long a session lasts however much it is used, unless `session_absolute_s` says otherwise.
    SESSION_ABSOLUTE_S_DEFAULT: i64 = 30 * 24 * 3600, "seconds";
    /// The least that these variables may say.
    SESSION_LIFETIME_S_MIN: i64 = 300, "seconds";
    /// The most that these variables may say.
    SESSION_LIFETIME_S_MAX: i64 = 365 * 24 * 3600, "seconds";
    /// The least that an organization may want as the age of a sign-in, for dangerous changes.
    REAUTH_AFTER_S_MIN: u32 = 60, "seconds";
    /// The most that it may want.
    REAUTH_AFTER_S_MAX: u32 = 30 * 24 * 3600, "seconds";
    /// How long a session counts as just seen: its next use is recorded after that.
    SESSION_SEEN_AGAIN_S: i64 = 300, "seconds";
    /// How long a sign-in at an identity provider may take.
    OIDC_SIGN_IN_LIFETIME_S: i64 = 600, "seconds";
    /// Sign-ins at identity providers begun from one client address in one window, and as many finished, as far as the hints
    /// remember. Beyond it: 429.
    OIDC_SIGN_INS_PER_CLIENT_MAX: u32 = 60, "requests";
    /// How long an identity provider may take to answer one request.
    PROVIDER_TIMEOUT_S: u64 = 8, "seconds";
    /// How much of its answer is read. What is longer is no answer.
    PROVIDER_ANSWER_BYTES_MAX: usize = 64 * 1024, "bytes";
    /// How long a provider's metadata and keys are used without asking again.
    PROVIDER_FRESH_S: i64 = 3600, "seconds";
    /// How long they are used while the provider does not answer.
    PROVIDER_STALE_S: i64 = 24 * 3600, "seconds";
    /// How long after asking for keys nobody asks again, whatever keys tokens name.
    PROVIDER_ASKED_AGAIN_S: i64 = 60, "seconds";
    /// Longest parameter of a provider's answer, such as its code.
    ANSWER_TEXT_BYTES_MAX: usize = 3000, "bytes";
    /// Longest path that somebody returns to after signing in.
    RETURN_PATH_BYTES_MAX: usize = latchkey_identity::RETURN_PATH_BYTES_MAX, "bytes";
    /// Longest token of an external issuer that is looked at.
    JWT_BYTES_MAX: usize = latchkey_identity::TOKEN_BYTES_MAX, "bytes";
    /// Longest name of an organization or a person.
    NAME_CHARS_MAX: usize = latchkey_domain::text::NAME_CHARS_MAX, "characters";
    /// Longest name of a role.
    ROLE_NAME_CHARS_MAX: usize = latchkey_domain::text::ROLE_NAME_CHARS_MAX, "characters";
    /// Roles of a policy. Beyond this and the limits that follow, the answer is 422 and names the place.
    POLICY_ROLES_MAX: usize = bounds::ROLES_MAX, "roles";
    /// Plans of a policy.
    POLICY_PLANS_MAX: usize = bounds::PLANS_MAX, "plans";
    /// Permissions of one role of a policy.
    POLICY_PERMISSIONS_MAX: usize = bounds::PERMISSIONS_MAX, "permissions";
    /// Longest name of a permission.
    PERMISSION_CHARS_MAX: usize = bounds::PERMISSION_CHARS_MAX, "characters";
    /// Longest description of a policy or a role.
    POLICY_DESCRIPTION_CHARS_MAX: usize = bounds::DESCRIPTION_CHARS_MAX, "characters";
    /// Shortest life that a policy may give an invitation or an invite link.
    POLICY_LIFETIME_S_MIN: u64 = bounds::INVITATION_LIFETIME_S_MIN, "seconds";
    /// Longest life that a policy may give an invitation or an invite link.
    POLICY_LIFETIME_S_MAX: u64 = bounds::INVITATION_LIFETIME_S_MAX, "seconds";
    /// Most seats, and most holders of the top role, that a plan of a policy may name.
    POLICY_SEATS_MAX: u64 = bounds::SEATS_MAX, "seats";
    /// Most holders of the top role that a policy may advise.
    POLICY_ADVISE_MAX: u64 = bounds::ADVISE_MAX, "members";
    /// Largest policy as it is stored, without blanks.
    POLICY_BYTES_MAX: usize = bounds::POLICY_BYTES_MAX, "bytes";
    /// Largest request body that brings a policy. Beyond it the answer is 413.
    POLICY_BODY_BYTES_MAX: usize = 2 * bounds::POLICY_BYTES_MAX, "bytes";
    /// Longest e-mail address.
    EMAIL_BYTES_MAX: usize = latchkey_domain::email::EMAIL_BYTES_MAX, "bytes";
    /// Addresses that one request invites. Beyond it: 422.
    INVITED_AT_ONCE_MAX: usize = 1000, "addresses";
    /// Largest body of that request.
    INVITED_AT_ONCE_BYTES_MAX: usize = 512 * 1024, "bytes";
    /// Shortest life of an invite link.
    LINK_LIFETIME_S_MIN: u64 = 60, "seconds";
    /// Longest life of an invite link. Beyond it: 422.
    LINK_LIFETIME_S_MAX: u64 = 365 * 24 * 3600, "seconds";
    /// Most people that an invite link can be limited to.
    LINK_USES_MAX: u64 = 10_000, "people";
    /// Domains that one invite link can be limited to. Beyond it: 422.
    LINK_DOMAINS_MAX: usize = 50, "domains";
    /// Active API keys of one organization. Beyond it: 409 `limit_reached`.
    KEYS_PER_ORGANIZATION_MAX: u64 = latchkey_domain::decide::api_key::KEYS_PER_ORGANIZATION_MAX, "keys";
    /// Domains of one organization. Beyond it: 409 `limit_reached`.
    DOMAINS_PER_ORGANIZATION_MAX: u64 = latchkey_domain::decide::domain::DOMAINS_PER_ORGANIZATION_MAX, "domains";
    /// Proofs of domains looked for from one client address in one window, as far as the hints remember. Beyond it: 429.
    DOMAIN_PROOFS_PER_CLIENT_MAX: u32 = 60, "requests";
    /// How long the DNS resolver may take to answer.
    DNS_TIMEOUT_S: u64 = 5, "seconds";
    /// Largest answer of the DNS resolver that is read. Of a larger one nothing is believed.
    DNS_ANSWER_BYTES_MAX: usize = 32 * 1024, "bytes";
    /// How long after a look at a verified domain the next one follows.
    DOMAIN_CHECK_EVERY_S: i64 = 24 * 3600, "seconds";
    /// The same when the resolver did not know, and how long a domain belongs to the call of dispatch that looks at it.
    DOMAIN_CHECK_AGAIN_S: i64 = 3600, "seconds";
    /// For how long the record of a verified domain may be missing until the domain lapses.
    DOMAIN_GRACE_S: i64 = 7 * 24 * 3600, "seconds";
    /// Domains that one call of dispatch looks at, all at the same time.
    DISPATCH_DOMAINS_MAX: i64 = 16, "domains";
    /// For how long the old text of a rotated API key, or secret of an OAuth client, lives on unless the request says otherwise.
    KEY_OVERLAP_S_DEFAULT: u64 = 24 * 3600, "seconds";
    /// Longest such overlap. Beyond it: 422.
    KEY_OVERLAP_S_MAX: u64 = 30 * 24 * 3600, "seconds";
    /// Largest number of uses in the window of an API key's rate limit.
    KEY_RATE_MAX: u64 = 1_000_000, "uses";
    /// Longest window of an API key's rate limit.
    KEY_RATE_WINDOW_S_MAX: u64 = 24 * 3600, "seconds";
    /// Longest life of an API key that has an end. Beyond it: 422.
    KEY_LIFETIME_S_MAX: u64 = 10 * 365 * 24 * 3600, "seconds";
    /// Keys that the removal of one member decides about one by one.
    KEY_CHOICES_MAX: usize = 1000, "keys";
    /// API keys that one call of dispatch marks as expired.
    DISPATCH_KEYS_MAX: i64 = 500, "keys";
    /// Active OAuth clients of one organization. Beyond it: 409 `limit_reached`.
    OAUTH_CLIENTS_MAX: u64 = latchkey_domain::decide::oauth_client::CLIENTS_PER_ORGANIZATION_MAX, "clients";
    /// How long an access token of an OAuth client lives, and so how long one may go on after its client was revoked.
    OAUTH_TOKEN_LIFETIME_S: i64 = latchkey_domain::oauth::TOKEN_LIFETIME_S, "seconds";
    /// How long others may keep the keys that access tokens are checked with, and the service's OAuth metadata.
    OAUTH_METADATA_MAX_AGE_S: u32 = 300, "seconds";
    /// Words of a name, and of an address in each of its forms, by which one person is found in a member list.
    SEARCH_WORDS_MAX: usize = latchkey_domain::search::SEARCH_WORDS_MAX, "words";
    /// Characters of each such word that count.
    SEARCH_WORD_CHARS_MAX: usize = latchkey_domain::search::SEARCH_WORD_CHARS_MAX, "characters";
    /// How often a change is decided when the facts keep changing under it. Beyond it: 503 `contention`.
    DECISIONS_MAX: u32 = 6, "decisions";
    /// Invitations that one call of dispatch marks as expired.
    DISPATCH_INVITATIONS_MAX: i64 = 500, "invitations";
    /// Invite links that one call of dispatch marks as expired.
    DISPATCH_LINKS_MAX: i64 = 500, "links";
    /// Spent sign-in codes and ended sessions that one call of dispatch forgets, of each.
    DISPATCH_FORGETS_MAX: i64 = 1000, "rows";
    /// Checkpoints of logs that one call of dispatch makes.
    DISPATCH_CHECKPOINTS_MAX: i64 = 100, "checkpoints";
    /// How long events wait for a checkpoint that nobody asks for.
    CHECKPOINT_AFTER_S: i64 = 300, "seconds";
    /// Events that one checkpoint takes in beyond the one before. More are left for the next.
    CHECKPOINT_EVENTS_MAX: i64 = 2000, "events";
    /// Events that one answer of the log's export holds, and how many it does unless `limit` says otherwise.
    LOG_EXPORT_LIMIT_MAX: u32 = 1000, "events";
    /// How long a sign-in code and its mail are kept after the code has expired.
    SIGN_IN_CODE_KEPT_S: i64 = 24 * 3600, "seconds";
    /// Most seats that an organization can be given.
    SEATS_MAX: u64 = 1_000_000, "seats";
    /// Members whose licences one request assigns or removes. More are answered with 422.
    LICENSES_AT_ONCE_MAX: usize = 1000, "members";
    /// Overdue invitations that one invitation looks at when it needs their seats; dispatch ends all of them in time.
    SEATS_GIVEN_BACK_MAX: u32 = latchkey_domain::decide::seat::SEATS_GIVEN_BACK_MAX, "invitations";
    /// Named limits of one organization, or of one member. More are answered with 422.
    LIMITS_MAX: usize = 50, "names";
    /// Longest name of a limit.
    LIMIT_NAME_CHARS_MAX: usize = 100, "characters";
    /// Largest number of a limit: what every JSON reader keeps exactly.
    LIMIT_NUMBER_MAX: u64 = 9_007_199_254_740_991, "of whatever is limited";
    /// Longest name of a tier.
    TIER_NAME_CHARS_MAX: usize = 40, "characters";
    /// Longest `upgrade_url`.
    UPGRADE_URL_CHARS_MAX: usize = 2000, "characters";
    /// Longest `User-Agent` that is reported or kept. A longer one that is reported is answered with 422.
    USER_AGENT_CHARS_MAX: usize = 500, "characters";
    /// Items that one report of activity has. Beyond it: 422.
    ACTIVITY_AT_ONCE_MAX: usize = 1000, "items";
    /// Largest body of that report. Beyond it: 413.
    ACTIVITY_BYTES_MAX: usize = 4 * 1024 * 1024, "bytes";
    /// Largest `data` of one item, as JSON without blanks.
    ACTIVITY_DATA_BYTES_MAX: usize = 4 * 1024, "bytes";
    /// Longest `id` of an item, and longest `type`.
    ACTIVITY_NAME_CHARS_MAX: usize = 100, "characters";
    /// Longest id of an item's target.
    ACTIVITY_TARGET_CHARS_MAX: usize = 200, "characters";
    /// How far into the future `at` of an item may be, because clocks differ.
    ACTIVITY_AHEAD_S_MAX: i64 = 300, "seconds";
    /// Longest time that activity can be kept for, unless for good.
    ACTIVITY_RETENTION_DAYS_MAX: u32 = 36_500, "days";
    /// People whom a search in the audit log follows, the first by the words it finds them by.
    AUDIT_SEARCH_PEOPLE_MAX: u32 = latchkey_domain::search::AUDIT_PEOPLE_MAX, "people";
    /// Entries that an export reads at a time.
    EXPORT_PAGE_ROWS: u32 = 1000, "entries";
    /// Organizations whose old activity one call of dispatch looks at.
    DISPATCH_SWEEPS_MAX: i64 = 20, "organizations";
    /// Old rows of activity that one call of dispatch deletes of each of them.
    DISPATCH_SWEPT_MAX: i64 = 2000, "rows";
    /// Mails that one call of `dispatch` hands to the provider at the same time.
    DISPATCH_MAILS_AT_ONCE_MAX: usize = 16, "mails";
    /// Until when, from its beginning, a call of `dispatch` begins new deliveries. What is left is due at the next call.
    DISPATCH_DELIVERS_S: i64 = 15, "seconds";
    /// How long a mail belongs to the call of `dispatch` that took it. If that is killed, the mail is due again afterwards.
    MAIL_LEASE_S: i64 = 60, "seconds";
    /// How long a mail provider may take to answer. Beyond it the mail is tried again.
    MAIL_TIMEOUT_S: u64 = 10, "seconds";
    /// How much of a provider's answer is read.
    MAIL_ANSWER_BYTES_MAX: usize = 16 * 1024, "bytes";
    /// Tries of a mail, over some 25 hours, after which it is given up.
    MAIL_ATTEMPTS_MAX: u64 = latchkey_delivery::MAIL_ATTEMPTS_MAX, "tries";
    /// Messages that one call of `dispatch` sends to webhooks. What is left is due at the next call.
    DISPATCH_WEBHOOKS_MAX: usize = 1000, "messages";
    /// How often one mail can be sent once more by hand.
    MAIL_RETRIES_MAX: u64 = latchkey_domain::decide::mail::MAIL_RETRIES_MAX, "retries";
    /// Mails that one call of `dispatch` hands over. What is left is due at the next call.
    DISPATCH_MAILS_MAX: usize = 500, "mails";
    /// Webhooks of an organization.
    WEBHOOKS_MAX: u64 = latchkey_domain::decide::webhook::WEBHOOKS_PER_ORGANIZATION_MAX, "webhooks";
    /// Longest address of a webhook.
    WEBHOOK_URL_CHARS_MAX: usize = 2000, "characters";
    /// Longest description of a webhook.
    WEBHOOK_DESCRIPTION_CHARS_MAX: usize = 200, "characters";
    /// Largest message to a webhook. Beyond it the message is sent without `details`.
    WEBHOOK_BODY_BYTES_MAX: usize = 20_000, "bytes";
    /// Tries of a message, over some 28 hours, after which it is given up.
    WEBHOOK_ATTEMPTS_MAX: u64 = latchkey_delivery::WEBHOOK_ATTEMPTS_MAX, "tries";
    /// How long a receiver may take to answer. Beyond it the message is tried again.
    WEBHOOK_TIMEOUT_S: u64 = 10, "seconds";
    /// How long one dispatcher keeps a message to itself. Beyond it another one may send it.
    WEBHOOK_LEASE_S: i64 = 60, "seconds";
    /// How much of a receiver's answer is kept.
    WEBHOOK_ANSWER_BYTES_MAX: usize = 1024, "bytes";
    /// How long nothing may arrive at a webhook until it is turned off.
    WEBHOOK_FAILING_S_MAX: i64 = 5 * 24 * 3600, "seconds";
    /// Events that one replay tells again. Beyond it the answer says where to go on.
    REPLAY_EVENTS_MAX: u64 = latchkey_domain::decide::webhook::REPLAY_EVENTS_MAX, "events";
    /// Messages that one call of `dispatch` sends to webhooks at the same time.
    DISPATCH_WEBHOOKS_AT_ONCE_MAX: usize = 32, "messages";
    /// People who get a mail that goes to all with a permission.
    MAIL_AUDIENCE_MAX: i64 = 100, "people";
    /// Largest event that others send. Beyond it the answer is 413, and counted.
    HOOK_BODY_BYTES_MAX: usize = 256 * 1024, "bytes";
    /// How far the time of an event's signature may be from ours, both ways. Beyond it the answer is 403, and counted.
    SIGNATURE_AGE_S_MAX: i64 = latchkey_delivery::incoming::SIGNATURE_AGE_S_MAX, "seconds";
    /// How far ahead the time of an event may be, because clocks differ. Beyond it: 422.
    CLOCKS_DIFFER_S_MAX: i64 = 300, "seconds";
    /// Longest id of a customer, a subscription or a price of a billing provider.
    BILLING_ID_CHARS_MAX: usize = latchkey_domain::billing::BILLING_ID_CHARS_MAX, "characters";
    /// How long the id of an event is known, so that none counts twice. Senders repeat one for a few days.
    HOOK_EVENT_KEPT_S: i64 = 30 * 24 * 3600, "seconds";
    /// When a payer who waits for a person is looked at again, because prices or policies may have changed.
    BILLING_LOOKED_AT_AGAIN_S: i64 = 3600, "seconds";
    /// When a user of an identity provider who waits for a person is looked at again.
    IDENTITY_LOOKED_AT_AGAIN_S: i64 = 3600, "seconds";
    /// Users of identity providers whom one call of dispatch looks at.
    DISPATCH_IDENTITIES_MAX: i64 = 50, "users";
    /// Longest id that an identity provider may give a user (OpenID Connect Core 1.0, 2).
    SUBJECT_BYTES_MAX: usize = latchkey_domain::identity::SUBJECT_BYTES_MAX, "bytes";
    /// Payers whom one call of dispatch looks at.
    DISPATCH_PAYERS_MAX: i64 = 50, "payers";
    /// How long old activity may stay until it is looked for again.
    ACTIVITY_SWEEP_S: i64 = 3600, "seconds";
    /// Longest free text in a query, such as the `search` of a member list. A longer one is answered with 422.
    SEARCH_CHARS_MAX: usize = 100, "characters";
    /// Permissions of one member that are limited to some resources. More are answered with 422.
    RESTRICTED_PERMISSIONS_MAX: usize = 50, "permissions";
    /// Resources that one permission of a member is limited to. More are answered with 422.
    RESTRICTED_RESOURCES_MAX: usize = 1000, "resources";
    /// Longest id of such a resource.
    RESOURCE_ID_CHARS_MAX: usize = 200, "characters";
    /// Questions about access in one request. More are answered with 400.
    ACCESS_QUESTIONS_MAX: usize = 100, "questions";
    /// Largest body of a request with several questions about access.
    ACCESS_BODY_BYTES_MAX: usize = 256 * 1024, "bytes";
    /// Projects, and as many API keys, that are shown of one member's access; the newest are.
    ACCESS_LISTED_MAX: i64 = 200, "entries";
    /// Longest type, id or name in a question about access. A longer one is answered with 400.
    ACCESS_TEXT_CHARS_MAX: usize = 1000, "characters";
    /// Longest `X-Request-ID` of the Authorization API that comes back with the answer; instead of a longer one, the service's own does.
    REQUEST_ID_CHARS_MAX: usize = 255, "characters";
    /// Wrong fields named in one 422. Further ones are left out.
    FIELD_ERRORS_MAX: usize = 50, "fields";
    /// How long a browser may remember the answer to a preflight request.
    PREFLIGHT_MAX_AGE_S: u32 = 600, "seconds";
    /// Advised wait after a 503, in `Retry-After`.
    RETRY_AFTER_S: u64 = 2, "seconds";
    /// How long a browser remembers to use https only, once `public_url` is https.
    HSTS_MAX_AGE_S: u32 = 31_536_000, "seconds";
    /// Most proxies in front of the service whose forwarding headers can be trusted.
    TRUSTED_PROXY_HOPS_MAX: u8 = 8, "proxies";
    /// Requests for a sign-in code from one client address in one window, as far as the hints remember. Beyond it: 429.
    SIGN_IN_STARTS_PER_CLIENT_MAX: u32 = 20, "requests";
    /// Sign-in attempts (codes tried) from one client address in one window, as far as the hints remember. Beyond it: 429.
    SIGN_IN_TRIES_PER_CLIENT_MAX: u32 = 60, "requests";
    /// Tokens of invitations and invite links looked at from one client address in one window, as far as the hints remember. Beyond it: 429.
    TOKENS_SHOWN_PER_CLIENT_MAX: u32 = 120, "requests";
    /// The window of every limit per client.
    CLIENT_WINDOW_S: u64 = 600, "seconds";
}

/// `docs/limits.md` as it must read.
pub fn limits_markdown() -> String {
    let mut page = String::from(
        "# Limits\n\nGenerated from `crates/api/src/limits.rs`; the test `docs` of `latchkey-api` compares.\n\n\
         | Limit | Value | What it bounds |\n|---|---|---|\n",
    );
    for limit in LIMITS {
        page.push_str(&format!("| `{}` | {} {} | {} |\n", limit.name, limit.value, limit.unit, limit.about.trim()));
    }
    page
}
