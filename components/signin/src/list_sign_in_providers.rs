//! `GET /v1/auth/providers`: what a sign-in page offers.

use latchkey_edge::model::{SignInProvider, SignInProviders};
use latchkey_edge::{Call, Problem, Reply};

pub(crate) async fn list_sign_in_providers(call: Call) -> Result<Reply, Problem> {
    let providers = call.settings().oidc_providers()?.iter();
    let data = providers.map(|provider| SignInProvider {
        id: provider.id.clone(),
        name: provider.name.clone(),
        start: format!("{}/v1/auth/oidc/{}", call.settings().public_url, provider.id),
    });
    Ok(Reply::ok(&SignInProviders { data: data.collect(), email: true }))
}
