//! Signing in by what others say.

use super::{Me, representation};
use crate::field_types::{AnswerText, Jwt, ReturnTo, Token};
use crate::fields::request;
use crate::time::Timestamp;

request! {
    /// Begins a sign-in at an identity provider.
    pub struct StartOidcSignIn {
        /// Where the browser goes in the end: a path of this service, such as `/orgs?tab=1`.
        pub return_to: Option<ReturnTo>,
        /// The token of a mailed invitation, which is accepted on the way if the provider has verified the invited address.
        pub invitation: Option<Token>,
    }
}

request! {
    /// A provider's answer.
    pub struct OidcAnswer {
        /// As it was sent to the provider.
        pub state: Token,
        /// What is traded for the provider's token.
        pub code: Option<AnswerText>,
        /// Why there is no code.
        pub error: Option<AnswerText>,
        /// Whose answer it is (RFC 9207).
        pub iss: Option<AnswerText>,
    }
}

request! {
    /// A token to check.
    pub struct ConfirmExternalToken {
        /// A JWT of the external issuer.
        pub token: Jwt,
    }
}

representation! {
    /// The ways to sign in.
    pub struct SignInProviders {
        /// In the order of the configuration.
        pub data: Vec<SignInProvider>,
        /// Whether a code by e-mail is one of them.
        pub email: bool,
    }

    /// An identity provider.
    pub struct SignInProvider {
        pub id: String,
        /// What a button says.
        pub name: String,
        /// Where a link leads to; with `return_to` and `invitation` as its parameters.
        pub start: String,
    }

    /// Whose token it is.
    pub struct ExternalSession {
        /// When the token ends.
        pub expires_at: Timestamp,
        pub user: Me,
    }
}
