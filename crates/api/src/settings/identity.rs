//! Who else is believed about people: identity providers, and the issuer of bearer tokens.

use std::cell::OnceCell;

use latchkey_identity::{ExternalIssuer, ExternalVariables, Provider, Transport, read_providers};

use super::Settings;
use crate::problem::Problem;

/// The variables as they were given. What they mean is worked out by the one component that signs in with them, when it first
/// needs it: every other would have to carry the code for it.
#[derive(Debug, Clone, Default)]
pub(super) struct IdentitySettings {
    given: Option<Given>,
    /// Whether bearer tokens of an external issuer are looked at.
    pub(super) has_external_issuer: bool,
    providers: OnceCell<Result<Vec<Provider>, String>>,
    external: OnceCell<Result<Option<ExternalIssuer>, String>>,
}

#[derive(Clone)]
struct Given {
    oidc_providers: String,
    jwt_issuer: String,
    jwt_audience: String,
    jwt_jwks_url: String,
    jwt_claims: String,
    jwt_trusts_email: String,
}

/// Some of it is secret.
impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Given(…)")
    }
}

pub(super) fn read(look_up: impl Fn(&str) -> Option<String>) -> IdentitySettings {
    let text = |name: &str| look_up(name).unwrap_or_default().trim().to_owned();
    let given = look_up("oidc_providers").map(|providers| Given {
        oidc_providers: providers,
        jwt_issuer: text("jwt_issuer"),
        jwt_audience: text("jwt_audience"),
        jwt_jwks_url: text("jwt_jwks_url"),
        jwt_claims: text("jwt_claims"),
        jwt_trusts_email: text("jwt_trusts_email"),
    });
    IdentitySettings { given, has_external_issuer: !text("jwt_issuer").is_empty(), ..IdentitySettings::default() }
}

impl Settings {
    /// The identity providers, in their order.
    ///
    /// # Errors
    /// 500 `misconfigured`, with all that is wrong with them for the log.
    pub fn oidc_providers(&self) -> Result<&[Provider], Problem> {
        let given = self.given()?;
        let providers = self.identity.providers.get_or_init(|| {
            let name = |faults: Vec<String>| {
                faults.iter().map(|it| format!("oidc_providers: {it}")).collect::<Vec<_>>().join("; ")
            };
            read_providers(&given.oidc_providers, self.identity_transport()).map_err(name)
        });
        providers.as_deref().map_err(|faults| Problem::misconfigured(faults.clone()))
    }

    /// The issuer whose tokens are bearer tokens here, if there is one.
    ///
    /// # Errors
    /// As [`Settings::oidc_providers`].
    pub fn external_issuer(&self) -> Result<Option<&ExternalIssuer>, Problem> {
        let given = self.given()?;
        let external = self.identity.external.get_or_init(|| {
            let variables = ExternalVariables {
                issuer: &given.jwt_issuer,
                audience: &given.jwt_audience,
                jwks_url: &given.jwt_jwks_url,
                claims: &given.jwt_claims,
                trusts_email: &given.jwt_trusts_email,
            };
            let mut faults = Vec::new();
            let issuer = ExternalIssuer::read(&variables, self.identity_transport(), &mut faults);
            // Tokens of our own say which machine asks, and no person.
            if issuer.as_ref().is_some_and(|issuer| issuer.issuer == self.public_url) {
                faults.push("jwt_issuer: must be another than this service".to_owned());
            }
            if faults.is_empty() { Ok(issuer) } else { Err(faults.join("; ")) }
        });
        external.as_ref().map(Option::as_ref).map_err(|faults| Problem::misconfigured(faults.clone()))
    }

    /// Whether bearer tokens of an external issuer are looked at.
    pub fn has_external_issuer(&self) -> bool {
        self.identity.has_external_issuer
    }

    /// In development, providers may be asked without TLS.
    pub fn identity_transport(&self) -> Transport {
        if self.dev_mode { Transport::HttpToo } else { Transport::HttpsOnly }
    }

    /// The name of the cookie that binds a sign-in to the browser that began it.
    pub fn oidc_cookie(&self) -> &'static str {
        if self.is_https() { "__Host-latchkey_oidc" } else { "latchkey_oidc" }
    }

    fn given(&self) -> Result<&Given, Problem> {
        let given = self.identity.given.as_ref();
        given.ok_or_else(|| Problem::misconfigured("oidc_providers: this component is not given them"))
    }
}
