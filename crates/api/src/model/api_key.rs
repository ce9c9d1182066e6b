//! API keys: what programs use in members' names.

use std::collections::BTreeSet;

use latchkey_domain::policy::KeyFate;
use latchkey_domain::{DisplayName, MemberId, ProjectId};

use super::{OrgRef, representation, words};
use crate::field_types::{
    CursorText, IpAddress, KeyChoices, Overlap, PageLimit, PermissionName, RateLimit, ResourceId, Scopes, Token,
    UserAgent,
};
use crate::fields::request;
use crate::time::Timestamp;

words! {
    /// What an API key is good for.
    pub enum ApiKeyStatus {
        /// Asking.
        Active = "active",
        /// Nothing: somebody ended it, or its project or its holder's membership did.
        Revoked = "revoked",
        /// Nothing: its time is over.
        Expired = "expired",
    }
}

words! {
    /// Why an API key is not valid.
    pub enum KeyFault {
        /// No such key; of another organization than the asking key's; or a mistyped one.
        Unknown = "unknown",
        /// Somebody ended it.
        Revoked = "revoked",
        /// Its time is over.
        Expired = "expired",
        /// It was rotated, and the overlap is over.
        Rotated = "rotated",
        /// It is used more often than its rate allows; `rate_limit.reset_at` says when it is good again.
        RateLimited = "rate_limited",
        /// Its holder is a member no more.
        HolderRemoved = "holder_removed",
        /// Its holder's present role may hold no keys.
        HolderMayNotHoldKeys = "holder_may_not_hold_keys",
    }
}

words! {
    /// Whose API keys are listed.
    pub enum KeysOf {
        /// The asker's.
        Mine = "mine",
        /// Everybody's.
        All = "all",
    }
}

request! {
    /// Makes an API key.
    pub struct CreateApiKey {
        /// What people call it.
        pub name: DisplayName,
        /// The member who holds it, and whose permissions it has; whoever asks unless given.
        pub member: Option<MemberId>,
        /// Only these permissions; unless given, all of one's own, whatever they come to be, or what another holder's are now.
        pub scopes: Option<Scopes>,
        /// Good for this project only.
        pub project: Option<ProjectId>,
        /// When it ends; it has no end unless given.
        pub expires_at: Option<Timestamp>,
        /// How often it may be used; as often as it likes unless given.
        pub rate_limit: Option<RateLimit>,
    }
}

request! {
    /// Changes an API key.
    pub struct UpdateApiKey {
        /// What people call it.
        pub name: Option<DisplayName>,
        /// Only these permissions.
        pub scopes: Option<Scopes>,
    }
}

request! {
    /// Rotates an API key.
    pub struct RotateApiKey {
        /// For how many seconds the present text lives on beside the new one; 0: not at all.
        pub overlap_s: Overlap = Overlap::default(),
    }
}

request! {
    /// Which API keys, and which page of them; the newest come first.
    pub struct ListApiKeys {
        /// One's own, or all of them; that needs `api_key.manage`.
        pub whose: KeysOf = KeysOf::Mine,
        /// Only this member's; another's need `api_key.manage`.
        pub member: Option<MemberId>,
        /// Only keys that stand so.
        pub status: Option<ApiKeyStatus>,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Asks what a key is good for.
    pub struct VerifyApiKey {
        /// The key, as it was presented to you.
        pub key: Token,
        /// Whether the key may do this, answered in `permitted`.
        pub permission: Option<PermissionName>,
        /// To this resource. Without one, what goes for some resources only is not permitted.
        pub resource: Option<ResourceId>,
        /// Whoever presented it: recorded with the use.
        pub ip: Option<IpAddress>,
        /// The same one's `User-Agent`.
        pub user_agent: Option<UserAgent>,
    }
}

request! {
    /// What becomes of a leaver's API keys.
    pub struct RemoveMember {
        /// Of all that `each_key` does not name; what the policy says unless given.
        pub keys: Option<KeyFate>,
        /// Of single keys, by their ids.
        pub each_key: Option<KeyChoices>,
        /// The member who takes the adopted keys over; whoever asks unless given.
        pub adopter: Option<MemberId>,
    }
}

representation! {
    /// An API key.
    pub struct ApiKey {
        pub id: String,
        pub name: String,
        /// The visible part of its text: `lk_` and this is how the text begins.
        pub label: String,
        pub status: ApiKeyStatus,
        pub holder: KeyHolder,
        /// Its holder left, and the key stays, frozen at what it could do.
        pub ownerless: bool,
        /// Only these permissions; `null`: all of the holder's.
        pub scopes: Option<BTreeSet<String>>,
        /// What it may do now.
        pub permissions: BTreeSet<String>,
        /// The only project it is good for.
        pub project: Option<String>,
        pub rate_limit: Option<KeyRateLimit>,
        /// The member who made it.
        pub created_by: String,
        pub created_at: Timestamp,
        pub expires_at: Option<Timestamp>,
        pub ended_at: Option<Timestamp>,
        pub last_used_at: Option<Timestamp>,
        /// The key itself: shown when it is made or rotated, and to a repetition of that request by its key.
        pub key: Option<String>,
    }

    /// The member whose permissions a key has; of an ownerless key, whoever held it last.
    pub struct KeyHolder {
        pub member: String,
        pub role: String,
        pub email: Option<String>,
        pub display_name: Option<String>,
    }

    /// How often a key may be used.
    pub struct KeyRateLimit {
        /// Uses in one window.
        pub requests: u64,
        /// Seconds of a window, which begins with its first use.
        pub window_s: u64,
    }

    /// What a key is good for, at this moment.
    pub struct KeyVerification {
        pub valid: bool,
        /// Why not.
        pub reason: Option<KeyFault>,
        /// Whether it may do what was asked about; `null` when nothing was.
        pub permitted: Option<bool>,
        /// The key's id.
        pub id: Option<String>,
        pub name: Option<String>,
        pub label: Option<String>,
        pub organization: Option<OrgRef>,
        /// The member who holds it.
        pub member: Option<String>,
        pub user: Option<String>,
        /// The holder's role.
        pub role: Option<String>,
        pub ownerless: bool,
        /// What it may do now; empty unless it is valid.
        pub permissions: BTreeSet<String>,
        /// Those of `permissions` that go for some resources only: ask about each with `resource`.
        pub restricted: BTreeSet<String>,
        /// Only these permissions; `null`: all of the holder's.
        pub scopes: Option<BTreeSet<String>>,
        pub project: Option<String>,
        pub expires_at: Option<Timestamp>,
        pub rate_limit: Option<KeyRateLeft>,
    }

    /// How much of a key's rate is left.
    pub struct KeyRateLeft {
        pub requests: u64,
        pub window_s: u64,
        /// After this use.
        pub remaining: u64,
        /// When all of it is there again.
        pub reset_at: Option<Timestamp>,
    }

    /// A membership that has ended, and what became of its API keys.
    pub struct MembershipEnded {
        pub member: String,
        pub keys: Vec<LeaversKey>,
    }

    /// What became of a leaver's key.
    pub struct LeaversKey {
        pub id: String,
        pub name: String,
        pub label: String,
        /// `revoke`, `keep` or `adopt`.
        pub fate: String,
        /// The member who holds it now, if it was adopted.
        pub adopter: Option<String>,
    }
}
