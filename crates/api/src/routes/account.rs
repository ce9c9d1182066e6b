//! Signing in, and one's own account.

use super::Effect::{OwnAccount, SignIn};
use super::Method::{Delete, Get, Patch, Post};
use super::{Route, Who};
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("start_sign_in", "session", Post, "/v1/auth/email")
        .says(
            "sign-in",
            "Send a sign-in code",
            "Mails a code of six digits. The answer is the same whether the address has an account or not; using the \
             code makes one where there is none.",
        )
        .who(Who::Anyone)
        .changes(SignIn)
        .takes::<StartSignIn>()
        .answers::<SignInStarted>(202)
        .may_refuse(&[Code::TooManyRequests]),
    Route::new("verify_sign_in", "session", Post, "/v1/auth/email/verify")
        .says(
            "sign-in",
            "Trade a code for a session",
            "Answers a bearer token and sets it as a cookie. A code works once, for a short time and a few tries; a wrong \
             one never locks the address out.",
        )
        .who(Who::Anyone)
        .changes(SignIn)
        .takes::<VerifySignIn>()
        .answers::<Session>(200)
        .may_refuse(&[Code::CodeWrong, Code::CodeSpent, Code::TooManyRequests]),
    Route::new("sign_out", "session", Delete, "/v1/auth/session")
        .who(Who::Session)
        .says("sign-in", "Sign out", "Ends the session that the request is made with, and clears its cookie.")
        .changes(SignIn)
        .answers_nothing(),
    Route::new("get_me", "session", Get, "/v1/me")
        .who(Who::Session)
        .says("me", "Who am I", "The account of the session.")
        .answers::<Me>(200),
    Route::new("update_me", "session", Patch, "/v1/me")
        .who(Who::Session)
        .says("me", "Change my account", "Changes what is given and leaves the rest.")
        .changes(OwnAccount)
        .takes::<UpdateMe>()
        .answers::<Me>(200),
    Route::new("delete_me", "session", Delete, "/v1/me")
        .who(Who::Session)
        .says(
            "me",
            "Delete my account",
            "Leaves every organization and project, all at once, and ends every session; the address is free for a new \
             account. The logs keep the account's id and nothing that says who it was. Refused while the person is the last \
             holder of a top role, or the billed owner, anywhere. Done twice it answers 401: there is no session any more.",
        )
        .changes(OwnAccount)
        .takes::<DeleteMe>()
        .answers_nothing()
        .may_refuse(&[Code::AddressMismatch, Code::SoleTopRoleHolder, Code::BilledOwnerStays]),
    Route::new("list_my_invitations", "session", Get, "/v1/me/invitations")
        .who(Who::Session)
        .says("me", "My invitations", "Pending invitations to the account's address, the oldest first.")
        .query::<ListMyInvitations>()
        .pages::<MyInvitation>(),
];
