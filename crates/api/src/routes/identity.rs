//! Signing in by what others say.

use super::Effect::SignIn;
use super::Method::{Get, Post};
use super::{Route, Who};
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("list_sign_in_providers", "signin", Get, "/v1/auth/providers")
        .says("sign-in", "List the ways to sign in", "What a sign-in page offers: the identity providers, and a code by e-mail.")
        .who(Who::Anyone)
        .without_store()
        .answers::<SignInProviders>(200),
    Route::new("start_oidc_sign_in", "signin", Get, "/v1/auth/oidc/{provider}")
        .says(
            "sign-in",
            "Sign in with an identity provider",
            "A link for a browser: sends it to the provider, and in the end back to `return_to` with a session's cookie. With the token of \
             a mailed invitation, that is accepted on the way. What goes wrong is told to `return_to` in `sign_in_error` (a code of this \
             list), or in `invitation_error` if the sign-in itself went well; a client that prefers JSON gets the problem itself.",
        )
        .who(Who::Anyone)
        .changes(SignIn)
        .query::<StartOidcSignIn>()
        .redirects()
        .may_refuse(&[Code::ProviderUnavailable, Code::TooManyRequests]),
    Route::new("finish_oidc_sign_in", "signin", Get, "/v1/auth/oidc/{provider}/callback")
        .says(
            "sign-in",
            "Come back from an identity provider",
            "Where a provider sends the browser. Works once for each sign-in, for ten minutes, in the browser that began it. Parameters that \
             are not listed are left alone. An account is found by the provider's own name for the person, at first by an address that the \
             provider has verified.",
        )
        .who(Who::Anyone)
        .changes(SignIn)
        .query_form::<OidcAnswer>()
        .redirects()
        .may_refuse(FINISH_REFUSALS),
    Route::new("forward_oidc_answer", "signin", Post, "/v1/auth/oidc/{provider}/callback")
        .says(
            "sign-in",
            "Come back from an identity provider by a form",
            "What a provider's page posts (`form_post`, as Apple wants it). Sends the browser to the same address by GET, and changes \
             nothing by itself: the post comes from another site, so it brings no cookie, and the GET does.",
        )
        .who(Who::Anyone)
        .without_store()
        .takes_form::<OidcAnswer>()
        .redirects(),
    Route::new("confirm_external_token", "signin", Post, "/v1/auth/external")
        .says(
            "sign-in",
            "Check a token of the external issuer",
            "A JWT of the issuer that the deployment trusts is a bearer token everywhere, and is checked where it first comes; this does the \
             same and tells whose it is. It opens nothing that the token itself does not. Signing out with the token ends it for good.",
        )
        .who(Who::Anyone)
        .changes(SignIn)
        .takes::<ConfirmExternalToken>()
        .answers::<ExternalSession>(200)
        .may_refuse(&[
            Code::Unauthenticated,
            Code::EmailUnverified,
            Code::AccountDeleted,
            Code::ProviderUnavailable,
        ]),
];

const FINISH_REFUSALS: &[Code] = &[
    Code::SignInOver,
    Code::ProviderRefused,
    Code::IdentityRefused,
    Code::EmailUnverified,
    Code::AccountDeleted,
    Code::ProviderUnavailable,
    Code::TooManyRequests,
];
