//! Why a well-formed request is not carried out. One enum for the whole domain, without a word of HTTP: `api` maps
//! each variant once to a problem with a registered code.

use crate::policy::PolicyMistake;

/// What would have become of one member of a batch, had there been room for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseOutcome {
    pub member: String,
    /// `ready`, `already_licensed` or `no_seat`.
    pub outcome: &'static str,
}

/// A refusal, with the numbers and names its message needs. Nothing in it is secret from the person asking.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No credential, or one that is unknown, expired or signed out.
    #[error("no valid credential")]
    Unauthenticated,
    /// The thing does not exist, or is not this person's to know about.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The person's role lacks a permission.
    #[error("role {role} lacks {permission}")]
    Forbidden { permission: &'static str, role: String },
    /// The person signed in too long ago for something dangerous.
    #[error("signed in more than {max_age_s} seconds ago")]
    SignInAgain { max_age_s: u32 },
    /// The key's scopes leave out what its holder may do.
    #[error("the key lacks {permission}")]
    ScopeLacks { permission: &'static str },
    /// The key is good for one project, and not for this.
    #[error("a key of a project")]
    KeyOfAProject,
    /// What is done in a member's name needs the membership, which the key's holder has no more.
    #[error("ownerless key")]
    KeyOwnerless,
    /// A key would do what its maker, its holder or the key that makes it may not.
    #[error("scopes too wide: {}", .missing.join(", "))]
    ScopesTooWide { missing: Vec<String> },
    /// A key cannot make one that outlives it or is bound less.
    #[error("exceeds the key that makes it: {0}")]
    ExceedsMaker(&'static str),
    /// Holders of the role may have no keys.
    #[error("{role} holds no keys")]
    RoleHoldsNoKeys { role: String },
    /// The key was revoked, or its time is over.
    #[error("the key has ended")]
    KeyEnded,
    /// The OAuth client was revoked.
    #[error("the client was revoked")]
    ClientRevoked,
    /// The mail provider has the mail.
    #[error("the mail was sent")]
    MailWasSent,
    /// Nothing is told to a webhook that is off.
    #[error("the webhook is off")]
    WebhookIsOff,
    /// The policy allows something else for a leaver's keys.
    #[error("{fate} is not allowed")]
    KeyFateNotAllowed { fate: &'static str, allowed: Vec<&'static str> },
    /// A choice was made for a key that the leaver does not hold.
    #[error("not the leaver's: {}", .keys.join(", "))]
    NotTheirKeys { keys: Vec<String> },
    /// The person's role may do this to some roles, but not to this one.
    #[error("role {role} may not {action} {target_role}")]
    RoleOutOfReach { action: &'static str, role: String, target_role: String },
    /// The organization's policy has no role of that name.
    #[error("no role {role}")]
    UnknownRole { role: String, known: Vec<String> },
    /// There is no policy preset of that name.
    #[error("no policy {policy}")]
    UnknownPolicy { policy: String, known: Vec<String> },
    /// No signed checkpoint covers what was asked about; the newest covers so many events.
    #[error("no checkpoint yet beyond {size}")]
    NotYetCheckpointed { size: u64 },
    /// The address already belongs to an active member.
    #[error("already a member")]
    AlreadyMember { member: String },
    /// The address already has a pending invitation.
    #[error("already invited")]
    AlreadyInvited { invitation: String },
    /// The change would leave the organization without a holder of its top role.
    #[error("last holder of {role}")]
    LastTopRoleHolder { role: String },
    /// The plan allows no more holders of the top role; pending invitations count.
    #[error("{role}: {used} of {total}")]
    TopRoleLimit { role: String, used: u64, total: u64, plan: String, upgrade_url: Option<String> },
    /// No seat is free, or not enough of them; pending invitations count where members do.
    #[error("seats: {used} of {total}")]
    SeatLimit { used: u64, total: u64, upgrade_url: Option<String>, outcomes: Vec<LicenseOutcome> },
    /// Nothing is licensed under this policy.
    #[error("no licences")]
    LicensesOff,
    /// Some of the members named are none, by their places in the list.
    #[error("unknown members: {places:?}")]
    UnknownMembers { places: Vec<usize> },
    /// A number of seats where the policy counts nothing.
    #[error("nothing is counted")]
    NothingCounted,
    /// The policy has no plan of that name.
    #[error("no plan {plan}")]
    UnknownPlan { plan: String, known: Vec<String> },
    /// No role of the policy has that permission, or it is one that Latchkey enforces itself.
    #[error("no permission {permission} of the host product")]
    UnknownPermission { permission: String, known: Vec<String> },
    /// The role grants what the person who would give it does not have.
    #[error("role {role} grants more: {}", .missing.join(", "))]
    RoleGrantsMore { role: String, missing: Vec<String> },
    /// The rules would lose a role that somebody has.
    #[error("role {role} is in use")]
    RoleInUse { role: String, members: u64, pending_invitations: u64, links: u64, project_members: u64 },
    /// The rules would have a top role that nobody holds.
    #[error("nobody holds {role}")]
    NoTopRoleHolder { role: String },
    /// A policy that is right by itself and wrong for this organization, or for whoever asks.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    PolicyMistakes(Vec<PolicyMistake>),
    /// The rules would turn exclusive, and these members are in another exclusive organization.
    #[error("members elsewhere: {}", .members.join(", "))]
    MembersElsewhere { members: Vec<String> },
    /// The person is in another organization, and both allow only one.
    #[error("leave {name} first")]
    LeaveFirst { organization: String, name: String },
    /// The billed owner keeps the membership and the top role until the mark is handed over.
    #[error("billed owner stays")]
    BilledOwnerStays,
    /// The account is the only holder of the top role somewhere.
    #[error("sole holder of the top role")]
    SoleTopRoleHolder { organizations: Vec<(String, String)> },
    /// The account's membership is the billed one somewhere.
    #[error("billed owner")]
    BilledOwnerOf { organizations: Vec<(String, String)> },
    /// The address typed to confirm is not the account's.
    #[error("address does not match")]
    AddressMismatch,
    /// The policy has nobody who is in a project only.
    #[error("no project guests")]
    GuestsOff,
    /// The token, or the link's id, is not known.
    #[error("unknown invite link")]
    LinkUnknown,
    #[error("invite link expired")]
    LinkExpired,
    #[error("invite link revoked")]
    LinkRevoked,
    #[error("invite link used up")]
    LinkUsedUp { uses_max: u64 },
    /// The link is for addresses of other domains.
    #[error("invite link for {}", .domains.join(", "))]
    LinkDomain { domains: Vec<String> },
    /// The token, or the invitation id, is not known. Also the answer to a token that a resend replaced.
    #[error("unknown invitation")]
    InvitationUnknown,
    #[error("invitation expired")]
    InvitationExpired,
    #[error("invitation cancelled")]
    InvitationCancelled,
    #[error("invitation declined")]
    InvitationDeclined,
    /// A second use of an accepted invitation. `member` is set when the person asking is the member it made.
    #[error("invitation used")]
    InvitationUsed { organization: String, member: Option<String> },
    /// The invitation is for another address than the signed-in account's.
    #[error("invitation for another account")]
    InvitationForAnotherAccount,
    /// The invited address has an account, whose session is needed to accept.
    #[error("sign in to accept")]
    SignInToAccept,
    /// Whoever sent the invitation may no longer invite that role.
    #[error("inviter lost the right")]
    InviterLostRight,
    /// The name typed to confirm a deletion is not the organization's.
    #[error("name does not match")]
    NameMismatch,
    /// The moment asked about lies before the organization's first event.
    #[error("nothing was there before {since}")]
    BeforeTheBeginning { since: i64 },
    /// `If-Match` named another version than the organization's present one.
    #[error("version is {present}")]
    VersionMismatch { present: u64 },
    /// The idempotency key was used before with another request.
    #[error("idempotency key reused")]
    IdempotencyKeyReused,
    /// The facts kept changing under the request, more often than it is decided again.
    #[error("too much contention")]
    Contention,
    /// The sign-in code does not match. `tries_left` of this code; a new code is always available.
    #[error("wrong code")]
    CodeWrong { tries_left: u32 },
    /// The sign-in code is unknown, expired, used, or was tried too often.
    #[error("code no longer valid")]
    CodeSpent,
    /// Too many requests of this kind; trying again makes sense after `retry_after_s` seconds.
    #[error("too many requests")]
    TooManyRequests { retry_after_s: u64 },
    /// The organization claims the domain already.
    #[error("domain claimed")]
    DomainClaimed { domain: String },
    /// The record that proves the domain is not there: `no_such_name`, `no_record` or `other_records`.
    #[error("domain not proved: {why}")]
    DomainUnproven { name: String, value: String, why: &'static str },
    /// Another organization has proved the domain, and its record is still there.
    #[error("domain taken")]
    DomainTaken,
    /// Whoever was turned down can only be invited.
    #[error("turned down")]
    JoinDeclined,
    /// The request to be let in is over.
    #[error("join request ended")]
    JoinRequestEnded,
    /// A person may be active in no more organizations, or an organization may hold no more open invitations.
    #[error("{what}: at most {max}")]
    LimitReached { what: &'static str, max: u64 },
}
