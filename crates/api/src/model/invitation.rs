//! Invitations: sent, seen and answered.

use latchkey_domain::{DisplayName, Email, RoleName};

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
