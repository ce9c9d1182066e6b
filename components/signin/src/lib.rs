//! Signing in by what others say: at an identity provider (OpenID Connect), and by the tokens of an external issuer.

mod arrival;
mod begun;
mod confirm_external_token;
mod finish_oidc_sign_in;
mod forward_oidc_answer;
mod issuer;
mod landing;
mod list_sign_in_providers;
mod start_oidc_sign_in;

latchkey_edge::component! {
    "signin" => {
        list_sign_in_providers => list_sign_in_providers::list_sign_in_providers,
        start_oidc_sign_in => start_oidc_sign_in::start_oidc_sign_in,
        finish_oidc_sign_in => finish_oidc_sign_in::finish_oidc_sign_in,
        forward_oidc_answer => forward_oidc_answer::forward_oidc_answer,
        confirm_external_token => confirm_external_token::confirm_external_token,
    }
}
