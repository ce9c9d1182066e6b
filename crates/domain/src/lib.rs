//! The rules of team access, pure: the same input gives the same answer, with no SDK, I/O, clock or randomness.
//!
//! A request becomes a [`command::Command`] by one of the functions in [`decide`], from facts that the store read in one
//! statement. [`fold`] says what the events of an organization's log mean; the triggers in `migrations/` say it again in
//! SQL, and a property test holds the two against each other.

pub mod access;
pub mod billing;
pub mod checkpoint;
pub mod command;
pub mod consequences;
pub mod decide;
pub mod email;
pub mod event;
pub mod facts;
pub mod fold;
pub mod fresh;
pub mod id;
pub mod identity;
pub mod invariants;
pub mod key;
pub mod leaf;
pub mod merkle;
pub mod note;
pub mod oauth;
pub mod policy;
pub mod refusal;
pub mod search;
pub mod secret;
pub mod signing;
pub mod text;

pub use email::{Domain, Email, EmailFault};
pub use id::{
    ActivityId, ApiKeyId, ChallengeId, CommandId, DomainId, EventId, InvitationId, JoinRequestId, LinkId, MailId,
    MemberId, OauthClientId, OidcStateId, OrgId, ProjectId, ProjectMemberId, SessionId, UserId, WebhookId,
};
pub use refusal::Refusal;
pub use text::{DisplayName, OrgName, ProjectName, RoleName, TextFault};
