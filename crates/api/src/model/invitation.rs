//! Invitations: sent, seen and answered.

use latchkey_domain::{DisplayName, Email, RoleName};

use super::addresses::{AddressList, AddressText};
use super::{Member, NewSession, OrgRef, ProjectMember, ProjectRef, representation, words};
use crate::field_types::{CursorText, PageLimit, Token};
use crate::fields::request;
use crate::time::Timestamp;

words! {
    /// What became of an invitation.
    pub enum InvitationStatus {
        Pending = "pending",
        Accepted = "accepted",
        Declined = "declined",
        Cancelled = "cancelled",
        Expired = "expired",
    }
}

words! {
    /// What accepting did.
    pub enum AcceptOutcome {
        /// The person is a member, of the organization or of the project, from now on.
        Joined = "joined",
        /// The person was a member already: a second click on the link.
        AlreadyMember = "already_member",
    }
}

request! {
    /// Invites a person by e-mail.
    pub struct CreateInvitation {
        /// Where the invitation is sent.
        pub email: Email,
        /// The role that accepting gives.
        pub role: RoleName,
    }
}

words! {
    /// What becomes of the e-mail of an invitation.
    pub enum MailStatus {
        /// It is on its way.
        Queued = "queued",
        /// The mail provider has it.
        Sent = "sent",
        /// The last try failed; another one follows.
        Failed = "failed",
        /// It is given up: the provider refused it for good, or every try failed.
        Dead = "dead",
        /// The organization sends no e-mails: the invitation waits where the invited person signs in.
        Suppressed = "suppressed",
    }
}

words! {
    /// What became of one address of many.
    pub enum InviteOutcome {
        Invited = "invited",
        /// The address belongs to a member.
        AlreadyMember = "already_member",
        /// The address has an open invitation.
        AlreadyInvited = "already_invited",
        /// Mail could not reach it; `reason` says why.
        Invalid = "invalid",
        /// It stands earlier in the list, too.
        Duplicate = "duplicate",
        /// The seats were used up before it.
        NoSeat = "no_seat",
        /// The plan allows no more holders of the top role.
        TopRoleLimit = "top_role_limit",
    }
}

request! {
    /// Invites many people by e-mail. Exactly one of `emails` and `text`.
    pub struct InviteMany {
        /// The role that accepting gives to each of them.
        pub role: RoleName,
        /// The addresses.
        pub emails: Option<AddressList>,
        /// The addresses as somebody typed or pasted them: one a line, or separated by commas or semicolons.
        pub text: Option<AddressText>,
    }
}

request! {
    /// Which invitations, and which page of them.
    pub struct ListInvitations {
        /// Only invitations that stand so.
        pub status: Option<InvitationStatus>,
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

request! {
    /// Looks at a mailed invitation, or declines it.
    pub struct InvitationTokenOnly {
        /// The token from the mailed link.
        pub token: Token,
    }
}

request! {
    /// Accepts a mailed invitation.
    pub struct AcceptInvitation {
        /// The token from the mailed link.
        pub token: Token,
        /// How others see the person; kept only when accepting makes the account.
        pub display_name: Option<DisplayName>,
    }
}

representation! {
    /// An invitation, as the organization sees it. Its token is in the mail and nowhere else.
    pub struct Invitation {
        pub id: String,
        pub email: String,
        pub role: String,
        pub status: InvitationStatus,
        /// The member who sent it; `null` when that was not a member.
        pub invited_by: Option<String>,
        pub invited_at: Timestamp,
        /// When it was last sent; sending it again replaces the link.
        pub sent_at: Timestamp,
        pub expires_at: Timestamp,
        /// The id of the project that it leads into; `null` for one into the organization.
        pub project: Option<String>,
        /// What became of its newest e-mail; `null` where there is none.
        pub mail: Option<MailStatus>,
        /// Why the last try to send it failed, such as `mailbox full`.
        pub mail_error: Option<String>,
    }

    /// What became of many addresses.
    pub struct InvitedMany {
        /// In the order of the request.
        pub data: Vec<InvitedLine>,
        /// How many were invited.
        pub invited: u64,
        /// What became of the e-mails of those.
        pub mail: MailStatus,
    }

    /// What became of one address of many.
    pub struct InvitedLine {
        /// Its line in `text`, or its place in `emails`: the first is 1.
        pub line: u64,
        pub email: String,
        pub outcome: InviteOutcome,
        /// The id of the invitation that was made, or of the open one that was there already.
        pub invitation: Option<String>,
        /// A sentence about what is wrong with an `invalid` address; `null` otherwise.
        pub reason: Option<String>,
    }

    /// An invitation to oneself.
    pub struct MyInvitation {
        pub id: String,
        pub organization: OrgRef,
        /// The project that it leads into; `null` for one into the organization.
        pub project: Option<ProjectRef>,
        pub email: String,
        pub role: String,
        pub status: InvitationStatus,
        /// The member who sent it; `null` when that was not a member.
        pub invited_by: Option<String>,
        pub invited_at: Timestamp,
        pub sent_at: Timestamp,
        pub expires_at: Timestamp,
    }

    /// What a mailed link leads to, for the page before the click. Looking burns nothing.
    pub struct InvitationPreview {
        pub organization: OrgRef,
        /// The project that it leads into; `null` for one into the organization.
        pub project: Option<ProjectRef>,
        pub email: String,
        pub role: String,
        /// The role's name for people.
        pub role_title: String,
        /// The display name of whoever sent it.
        pub invited_by_name: Option<String>,
        pub status: InvitationStatus,
        pub expires_at: Timestamp,
        /// Whether accepting needs a session of the invited address first.
        pub sign_in_required: bool,
    }

    /// An accepted invitation.
    pub struct Accepted {
        pub outcome: AcceptOutcome,
        pub organization: OrgRef,
        /// The membership; `null` where the invitation was into a project only.
        pub member: Option<Member>,
        /// The project, where the invitation was into one.
        pub project: Option<ProjectRef>,
        /// The membership of that project.
        pub project_member: Option<ProjectMember>,
        /// Set when accepting signed the person in, which it does for whoever had no account.
        pub session: Option<NewSession>,
    }
}
