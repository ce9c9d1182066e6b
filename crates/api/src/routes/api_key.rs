//! API keys: what programs use in members' names.

use super::Effect::{Organization, Usage};
use super::Method::{Delete, Get, Patch, Post};
use super::{Route, Who};
use crate::codes::Code;
use crate::model::*;

pub(super) const ROUTES: &[Route] = &[
    Route::new("create_api_key", "apikey", Post, "/v1/orgs/{org}/api-keys")
        .says(
            "api keys",
            "Make an API key",
            "In a member's name, whose permissions it has as they are at each moment, within its scopes. The key is shown in this \
             answer and nowhere else. Needs `api_key.create`; the key may do no more than its holder and than whoever makes it. \
             A key in another's name needs `api_key.manage` and has scopes: what that member may do now, unless the request says less, \
             without what reaches as far as its holder does.",
        )
        .changes(Organization)
        .takes::<CreateApiKey>()
        .answers::<ApiKey>(201)
        .may_refuse(&[
            Code::SignInAgain,
            Code::Forbidden,
            Code::ScopesTooWide,
            Code::ExceedsMaker,
            Code::RoleHoldsNoKeys,
            Code::LimitReached,
        ]),
    Route::new("list_api_keys", "apikey", Get, "/v1/orgs/{org}/api-keys")
        .says(
            "api keys",
            "List API keys",
            "The newest first. Without `api_key.manage` only one's own.",
        )
        .query::<ListApiKeys>()
        .pages::<ApiKey>()
        .may_refuse(&[Code::Forbidden]),
    Route::new("get_api_key", "apikey", Get, "/v1/orgs/{org}/api-keys/{key}")
        .says("api keys", "Read an API key", "One's own, or any with `api_key.manage`.")
        .answers::<ApiKey>(200)
        .may_refuse(&[Code::Forbidden]),
    Route::new("update_api_key", "apikey", Patch, "/v1/orgs/{org}/api-keys/{key}")
        .says(
            "api keys",
            "Change an API key",
            "Its name, its scopes. One's own, or any with `api_key.manage`; its scopes may be no wider than what its holder may, \
             and whoever asks.",
        )
        .changes(Organization)
        .takes::<UpdateApiKey>()
        .answers::<ApiKey>(200)
        .may_refuse(&[Code::SignInAgain, Code::Forbidden, Code::ScopesTooWide, Code::KeyEnded]),
    Route::new("revoke_api_key", "apikey", Delete, "/v1/orgs/{org}/api-keys/{key}")
        .says(
            "api keys",
            "Revoke an API key",
            "The very next verification refuses it. One's own, or any with `api_key.manage`. Revoking twice changes nothing.",
        )
        .changes(Organization)
        .answers_nothing()
        .may_refuse(&[Code::Forbidden]),
    Route::new("rotate_api_key", "apikey", Post, "/v1/orgs/{org}/api-keys/{key}/rotate")
        .says(
            "api keys",
            "Rotate an API key",
            "A new text, shown in this answer and nowhere else; every older one lives on for `overlap_s` seconds at most. One's \
             own, or any with `api_key.manage` that has scopes and may do no more than whoever asks.",
        )
        .changes(Organization)
        .may_take::<RotateApiKey>()
        .answers::<ApiKey>(200)
        .may_refuse(&[Code::SignInAgain, Code::Forbidden, Code::ScopesTooWide, Code::ExceedsMaker, Code::KeyEnded]),
    Route::new("verify_api_key", "apikey", Post, "/v1/api-keys/verify")
        .says(
            "api keys",
            "Verify an API key",
            "Whether it is valid at this moment, or why not, whose it is and what it may do; a valid key's use is recorded with the \
             answer. An API key may ask about keys of its own organization if it has `api_key.manage`.",
        )
        .who(Who::OperatorOrKey)
        .changes(Usage)
        .takes::<VerifyApiKey>()
        .answers::<KeyVerification>(200)
        .may_refuse(&[Code::Forbidden]),
];
