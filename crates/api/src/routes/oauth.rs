//! OAuth clients, and the tokens that they get.

use super::Effect::Organization;
use super::Method::{Delete, Get, Patch, Post};
use super::{Route, Who};
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("create_oauth_client", "oauth", Post, "/v1/orgs/{org}/oauth-clients")
        .says(
            "oauth",
            "Make an OAuth client",
            "For a machine that calls the host product's own APIs. Its secret is in this answer and nowhere else. Needs \
             `oauth_client.manage`; a client may do no more than whoever makes it, and what its maker's role loses, it loses too.",
        )
        .changes(Organization)
        .takes::<CreateOauthClient>()
        .answers::<OauthClient>(201)
        .may_refuse(&[Code::SignInAgain, Code::Forbidden, Code::KeyOwnerless, Code::ScopesTooWide, Code::ExceedsMaker, Code::LimitReached]),
    Route::new("list_oauth_clients", "oauth", Get, "/v1/orgs/{org}/oauth-clients")
        .says("oauth", "List OAuth clients", "Of every status unless one is asked for, the newest first. Needs `oauth_client.manage`.")
        .query::<ListOauthClients>()
        .pages::<OauthClient>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("get_oauth_client", "oauth", Get, "/v1/orgs/{org}/oauth-clients/{oauth_client}")
        .says("oauth", "Read an OAuth client", "Without its secret. Needs `oauth_client.manage`.")
        .answers::<OauthClient>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("rename_oauth_client", "oauth", Patch, "/v1/orgs/{org}/oauth-clients/{oauth_client}")
        .says("oauth", "Rename an OAuth client", "What it may do stays: for other scopes, make another. Needs `oauth_client.manage`.")
        .changes(Organization)
        .takes::<RenameOauthClient>()
        .answers::<OauthClient>(200)
        .may_refuse(&[Code::Forbidden, Code::ClientRevoked]),
    Route::new("rotate_oauth_client", "oauth", Post, "/v1/orgs/{org}/oauth-clients/{oauth_client}/rotate")
        .says(
            "oauth",
            "Give an OAuth client a new secret",
            "Shown in this answer and nowhere else; every older one lives on for `overlap_s` seconds at most. Needs `oauth_client.manage`, and all that the client may do.",
        )
        .changes(Organization)
        .may_take::<RotateOauthClient>()
        .answers::<OauthClient>(200)
        .may_refuse(&[Code::SignInAgain, Code::Forbidden, Code::ScopesTooWide, Code::ExceedsMaker, Code::ClientRevoked]),
    Route::new("revoke_oauth_client", "oauth", Delete, "/v1/orgs/{org}/oauth-clients/{oauth_client}")
        .says(
            "oauth",
            "Revoke an OAuth client",
            "It gets no more tokens from now on; those it has end by themselves, within ten minutes. Revoking twice changes \
             nothing. Needs `oauth_client.manage`.",
        )
        .changes(Organization)
        .answers_nothing()
        .may_refuse(&[Code::Forbidden]),
    Route::new("issue_token", "oauth", Post, "/oauth/token")
        .says(
            "oauth",
            "Get an access token",
            "The client credentials grant of OAuth 2.0 (RFC 6749, 4.4): the client shows its id and its secret, by HTTP Basic \
             (`client_secret_basic`) or in the form (`client_secret_post`), and gets a JWT (RFC 9068) signed with Ed25519, for \
             `scope` or for all that it may do. Refusals read as RFC 6749, 5.2 says, not as problem documents. The token is for \
             the host product's own APIs: this API takes sessions and API keys.",
        )
        .who(Who::Anyone)
        .takes_form::<TokenRequest>()
        .answers::<AccessToken>(200)
        .refuses::<OauthError>(),
    Route::new("get_jwks", "oauth", Get, "/oauth/jwks")
        .says("oauth", "The keys that access tokens are checked with", "A JWK set (RFC 7517): one key for each deployment key, by the `kid` of the tokens.")
        .who(Who::Anyone)
        .without_store()
        .answers::<Jwks>(200),
    Route::new("get_oauth_metadata", "oauth", Get, "/.well-known/oauth-authorization-server")
        .says("oauth", "Where OAuth finds what", "Authorization server metadata (RFC 8414).")
        .who(Who::Anyone)
        .without_store()
        .answers::<OauthMetadata>(200),
];
