//! Accounts and sessions.

use latchkey_domain::{DisplayName, Email};

use super::{MyInvitation, representation};
use crate::field_types::{Change, CursorText, PageLimit, SignInCode, Token};
use crate::fields::request;
use crate::time::Timestamp;

request! {
    /// Asks for a sign-in code.
    pub struct StartSignIn {
        /// Where the code is sent. An address without an account gets a code as well: using it makes the account.
        pub email: Email,
    }
}

request! {
    /// Trades a sign-in code for a session.
    pub struct VerifySignIn {
        /// The challenge from the answer to the request for the code.
        pub challenge: Token,
        /// The digits from the e-mail.
        pub code: SignInCode,
    }
}

request! {
    /// Changes one's own account.
    pub struct UpdateMe {
        /// How others see the person. `null` removes it.
        pub display_name: Change<DisplayName>,
    }
}

request! {
    /// Deletes one's own account for good.
    pub struct DeleteMe {
        /// The account's address, to confirm.
        pub email: Email,
    }
}

request! {
    /// Which page of one's own invitations.
    pub struct ListMyInvitations {
        /// Entries on a page.
        pub limit: PageLimit = PageLimit::default(),
        /// `next_cursor` of the page before.
        pub cursor: Option<CursorText>,
    }
}

representation! {
    /// One's own account.
    pub struct Me {
        pub id: String,
        /// The address as it was typed.
        pub email: String,
        pub display_name: Option<String>,
        pub created_at: Timestamp,
    }

    /// A code is on its way. The answer is the same for every address, so that nobody learns who has an account.
    pub struct SignInStarted {
        /// Goes back with the code.
        pub challenge: String,
        pub expires_at: Timestamp,
    }

    /// A session. The token is also set as a cookie.
    pub struct Session {
        /// For `Authorization: Bearer`.
        pub token: String,
        /// When it ends unless it is used before.
        pub expires_at: Timestamp,
        pub user: Me,
        /// The organization that took the person in just now, by the domain of their address.
        pub joined: Option<String>,
    }

    /// The session that came with an answered invitation.
    pub struct NewSession {
        /// For `Authorization: Bearer`.
        pub token: String,
        /// When it ends unless it is used before.
        pub expires_at: Timestamp,
    }
}

/// A page of one's own invitations.
pub type MyInvitationPage = crate::paging::Page<MyInvitation>;
