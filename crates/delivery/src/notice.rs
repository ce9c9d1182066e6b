//! What there is to tell somebody.

/// A mail, before it has words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Proves the address of somebody who signs in.
    SignInCode { code: String },
    /// Asks somebody to join.
    Invitation {
        /// Whoever invites, by name or address; `None`: no member did.
        inviter: Option<String>,
        place: Place,
        role: String,
        /// Where to accept or decline. The only secret of the mail.
        link: String,
        /// Milliseconds since 1970.
        expires_at: i64,
    },
    /// Somebody gave the reader another role.
    RoleChanged { organization: String, by: Option<String>, role: String, was: String },
    /// Somebody gave the reader the top role.
    MadeOwner { organization: String, by: Option<String>, role: String },
    /// Somebody took the reader out.
    Removed { organization: String, by: Option<String> },
    /// A holder of the top role left; to the others who hold it.
    OwnerLeft { organization: String, who: Option<String>, role: String },
    /// Few seats are left; to those who can buy some.
    SeatsNear { organization: String, used: u64, seats: u64, buy_at: Option<String> },
    /// A webhook was turned off because nothing arrived for days; to those who can turn it on again.
    WebhookDisabled { organization: String, url: String },
    /// No seat is left; to those who can buy some.
    SeatsReached { organization: String, seats: u64, buy_at: Option<String> },
    /// A domain is proved to be the organization's; to those who look after its domains, as the next two are.
    DomainVerified { organization: String, domain: String },
    /// The proof of a domain has been gone for too long.
    DomainLapsed { organization: String, domain: String },
    /// Another organization has proved a domain.
    DomainMoved { organization: String, domain: String },
    /// Somebody with an address at a verified domain asks to be let in; to those who may let them in.
    JoinRequested { organization: String, who: Option<String>, domain: String },
    /// Nobody lets the reader in.
    JoinDeclined { organization: String },
    /// The reader is in, by the domain of their address.
    Joined { organization: String, domain: String, role: String },
}

/// What an invitation leads into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Organization(String),
    Project { project: String, organization: String },
}
