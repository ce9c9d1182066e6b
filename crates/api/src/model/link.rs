//! Invite links: made by the organization, used by whoever has one.

use latchkey_domain::{Domain, RoleName};
use serde_json::Value;

use super::{OrgRef, representation, words};
use crate::field_types::{CursorText, PageLimit, Token};
use crate::fields::{Fault, Field, request};
use crate::limits::{LINK_DOMAINS_MAX, LINK_LIFETIME_S_MAX, LINK_LIFETIME_S_MIN, LINK_USES_MAX};
use crate::time::Timestamp;

words! {
    /// What an invite link is good for.
    pub enum InviteLinkStatus {
        /// Joining.
        Active = "active",
        /// Nothing: somebody ended it.
        Revoked = "revoked",
        /// Nothing: its time is over.
        Expired = "expired",
        /// Nothing: as many people have joined by it as it was for.
        UsedUp = "used_up",
    }
}

/// How long a link lives, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkLifetime(pub u64);

/// How many people a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkUses(pub u64);

/// Domains of addresses, each once, in the order of the alphabet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Domains(pub Vec<Domain>);

request! {
    /// Makes an invite link.
    pub struct CreateInviteLink {
        /// The role that joining gives.
        pub role: RoleName,
        /// How many seconds it works; as long as the policy says unless given.
        pub expires_in_s: Option<LinkLifetime>,
        /// How many people may join by it; any number unless given.
        pub uses_max: Option<LinkUses>,
        /// Only for addresses of these domains; of any unless given.
        pub domains: Option<Domains>,
    }
}

request! {
    /// Which invite links, and which page of them.
    pub struct ListInviteLinks {
        /// Only links that stand so.
        pub status: Option<InviteLinkStatus>,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Looks at an invite link, or joins by it.
    pub struct InviteLinkTokenOnly {
        /// The token from the link.
        pub token: Token,
    }
}

representation! {
    /// An invite link, as the organization sees it. Its token was shown when it was made.
    pub struct InviteLink {
        pub id: String,
        pub role: String,
        pub status: InviteLinkStatus,
        /// The member who made it. The link works as long as that member may invite to its role.
        pub created_by: String,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
        /// How many have joined by it.
        pub uses: u64,
        /// How many may; `null`: any number.
        pub uses_max: Option<u64>,
        /// Only addresses of these domains may join by it; empty: any.
        pub domains: Vec<String>,
    }

    /// A new invite link, with its secret: shown here, and to a repetition of the request by its key.
    pub struct NewInviteLink {
        #[serde(flatten)]
        pub link: InviteLink,
        /// What joining by it takes.
        pub token: String,
        /// The page to share. The token stands behind the `#`, which browsers keep to themselves.
        pub url: String,
    }

    /// What an invite link leads to, for the page before the click. Looking burns nothing.
    pub struct InviteLinkPreview {
        pub organization: OrgRef,
        pub role: String,
        /// The role's name for people.
        pub role_title: String,
        /// The display name of whoever made it.
        pub invited_by_name: Option<String>,
        pub status: InviteLinkStatus,
        pub expires_at: Timestamp,
        /// Only addresses of these domains may join by it; empty: any.
        pub domains: Vec<String>,
    }
}

fn bounded(value: &Value, min: u64, max: u64) -> Result<u64, Fault> {
    let number = value.as_i64().ok_or_else(|| Fault::wrong_type("a whole number"))?;
    let fits = u64::try_from(number).ok().filter(|n| (min..=max).contains(n));
    fits.ok_or_else(|| Fault::new("out_of_range", format!("This must be from {min} to {max}.")))
}

impl Field for LinkLifetime {
    fn read(value: &Value) -> Result<Self, Fault> {
        bounded(value, LINK_LIFETIME_S_MIN, LINK_LIFETIME_S_MAX).map(Self)
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "integer", "minimum": LINK_LIFETIME_S_MIN, "maximum": LINK_LIFETIME_S_MAX})
    }
}

impl Field for LinkUses {
    fn read(value: &Value) -> Result<Self, Fault> {
        bounded(value, 1, LINK_USES_MAX).map(Self)
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "integer", "minimum": 1, "maximum": LINK_USES_MAX})
    }
}

impl Field for Domains {
    fn read(value: &Value) -> Result<Self, Fault> {
        let entries = value.as_array().ok_or_else(|| Fault::wrong_type("a list of domains"))?;
        if entries.len() > LINK_DOMAINS_MAX {
            return Err(Fault::new("too_long", format!("This must have at most {LINK_DOMAINS_MAX} domains.")));
        }
        let mut domains = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            let domain = entry.as_str().and_then(|text| Domain::parse(text).ok());
            let wrong = || Fault::invalid(format!("Entry {} must be a domain such as example.com.", place + 1));
            domains.push(domain.ok_or_else(wrong)?);
        }
        domains.sort();
        domains.dedup();
        Ok(Self(domains))
    }

    #[cfg(feature = "openapi")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "array",
            "items": {"type": "string", "format": "idn-hostname"},
            "maxItems": LINK_DOMAINS_MAX,
            "examples": [["example.com"]],
        })
    }
}
