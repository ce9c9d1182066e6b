//! The deployment's variables, read once per instance.

mod hooks;
mod identity;
mod mail;
mod resolver;
mod sessions;

use http::Uri;
use latchkey_delivery::target::Targets;
use latchkey_domain::OrgId;
use latchkey_domain::secret::{SecretKey, SecretKeys, token_hash};

use crate::limits::TRUSTED_PROXY_HOPS_MAX;
use crate::problem::Problem;
use mail::DevMode;

pub use hooks::HookSettings;
pub use mail::{Carrier, MailSettings};
pub use sessions::SessionSettings;

/// The variables by name, as `spin.toml` maps them to components.
pub const VARIABLES: [&str; 31] = [
    "secret_keys",
    "public_url",
    "cors_origins",
    "dev_mode",
    "dispatch_token",
    "operator_token",
    "trusted_proxy_hops",
    "product_name",
    "upgrade_url",
    "mail_provider",
    "mail_key",
    "mail_url",
    "mail_from",
    "mail_reply_to",
    "mail_language",
    "dev_allow_private_targets",
    "stripe_hook_secret",
    "billing_hook_secret",
    "identity_hook_secret",
    "identity_hook_issuer",
    "identity_hook_domains",
    "billing_plans",
    "session_idle_s",
    "session_absolute_s",
    "dns_resolver",
    "oidc_providers",
    "jwt_issuer",
    "jwt_audience",
    "jwt_jwks_url",
    "jwt_claims",
    "jwt_trusts_email",
];

/// A configuration that can be worked with. A component that is not given a variable has its default; the keys have none.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach the service, without a slash at its end.
    pub public_url: String,
    /// Origins of browsers that may call the API, besides `public_url`'s own.
    pub cors_origins: Vec<String>,
    /// Mail is kept in a mailbox that anyone can read. Never in production.
    pub dev_mode: bool,
    /// Proxies in front whose `X-Forwarded-For` is believed.
    pub trusted_proxy_hops: u8,
    /// What mails and pages call the product.
    pub product_name: String,
    /// Where webhooks may go.
    pub webhook_targets: Targets,
    /// How long sessions last.
    pub sessions: SessionSettings,
    /// Where people buy more, for organizations that name no place of their own. Empty: nowhere.
    upgrade_url: String,
    mail: Option<MailSettings>,
    hooks: Option<HookSettings>,
    dns_resolver: Option<String>,
    identity: identity::IdentitySettings,
    secret_keys: Option<SecretKeys>,
    dispatch_token_hash: Option<String>,
    operator_token_hash: Option<String>,
    public_origin: String,
}

impl Settings {
    /// Where people buy more, if anywhere.
    pub fn upgrade_url(&self) -> Option<String> {
        Some(self.upgrade_url.clone()).filter(|url| !url.is_empty())
    }

    /// How mail leaves.
    ///
    /// # Errors
    /// 500 `misconfigured` in a component that is not given the variables.
    pub fn mail(&self) -> Result<&MailSettings, Problem> {
        self.mail.as_ref().ok_or_else(|| Problem::misconfigured("mail_provider: this component is not given it"))
    }

    /// Whose events are believed, and what was sold by them.
    ///
    /// # Errors
    /// 500 `misconfigured` in a component that is not given the variables.
    pub fn hooks(&self) -> Result<&HookSettings, Problem> {
        self.hooks.as_ref().ok_or_else(|| Problem::misconfigured("billing_plans: this component is not given it"))
    }

    /// Where DNS questions go.
    ///
    /// # Errors
    /// 500 `misconfigured` in a component that is not given the variable.
    pub fn dns_resolver(&self) -> Result<&str, Problem> {
        let url = self.dns_resolver.as_deref();
        url.ok_or_else(|| Problem::misconfigured("dns_resolver: this component is not given it"))
    }

    /// Reads the variables through `look_up`, which answers `None` for one that the component is not given.
    ///
    /// # Errors
    /// A sentence for the operator, naming every variable that cannot be used; it never repeats a secret.
    pub fn read(look_up: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut faults = Vec::new();
        let text = |name: &str, default: &str| look_up(name).unwrap_or_else(|| default.to_owned()).trim().to_owned();

        let secret_keys = look_up("secret_keys").map(|keys| SecretKeys::parse(&keys)).transpose();
        let secret_keys = secret_keys.map_err(|fault| faults.push(format!("secret_keys: {fault}"))).unwrap_or(None);

        let public_url = text("public_url", "http://127.0.0.1:3000").trim_end_matches('/').to_owned();
        let public_origin = origin_of(&public_url).unwrap_or_else(|| {
            faults.push("public_url: must be http:// or https:// and a host".to_owned());
            String::new()
        });

        let mut cors_origins = Vec::new();
        for entry in text("cors_origins", "").split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            match origin_of(entry) {
                Some(origin) => cors_origins.push(origin),
                None => faults.push(format!("cors_origins: {entry} is not http:// or https:// and a host")),
            }
        }

        let mut flag = |name: &'static str| match text(name, "false").as_str() {
            "true" | "1" | "on" => true,
            "false" | "0" | "off" | "" => false,
            _ => {
                faults.push(format!("{name}: must be true or false"));
                false
            }
        };
        let dev_mode = flag("dev_mode");
        let webhook_targets = if flag("dev_allow_private_targets") { Targets::Any } else { Targets::Public };

        let hops = text("trusted_proxy_hops", "0").parse().ok().filter(|hops| *hops <= TRUSTED_PROXY_HOPS_MAX);
        let trusted_proxy_hops = hops.unwrap_or_else(|| {
            faults.push(format!("trusted_proxy_hops: must be a number from 0 to {TRUSTED_PROXY_HOPS_MAX}"));
            0
        });

        let dispatch_token = text("dispatch_token", "");
        let dispatch_token_hash = (!dispatch_token.is_empty()).then(|| token_hash(&dispatch_token));
        let operator_token = text("operator_token", "");
        let operator_token_hash = (!operator_token.is_empty()).then(|| token_hash(&operator_token));
        let product_name = text("product_name", "Latchkey");
        let upgrade_url = text("upgrade_url", "");
        if !upgrade_url.is_empty() && origin_of(&upgrade_url).is_none() {
            faults.push("upgrade_url: must be http:// or https:// and a host".to_owned());
        }

        let sessions = sessions::read(&look_up, &mut faults);
        let hooks = hooks::read(&look_up, &mut faults);
        let mail = mail::read(&look_up, if dev_mode { DevMode::On } else { DevMode::Off }, &mut faults);

        let dns_resolver = resolver::read(&look_up, &mut faults);

        if faults.is_empty() {
            Ok(Self {
                public_url,
                cors_origins,
                dev_mode,
                trusted_proxy_hops,
                product_name,
                webhook_targets,
                sessions,
                upgrade_url,
                mail,
                hooks,
                dns_resolver,
                identity: identity::read(&look_up),
                secret_keys,
                dispatch_token_hash,
                operator_token_hash,
                public_origin,
            })
        } else {
            Err(faults.join("; "))
        }
    }

    /// The deployment's keys.
    ///
    /// # Errors
    /// 500 `misconfigured` in a component that is not given them.
    pub fn secret_keys(&self) -> Result<&SecretKeys, Problem> {
        self.secret_keys.as_ref().ok_or_else(|| Problem::misconfigured("secret_keys: this component is not given them"))
    }

    /// The key that new secrets are derived from.
    ///
    /// # Errors
    /// As [`Settings::secret_keys`].
    pub fn signing_key(&self) -> Result<&SecretKey, Problem> {
        self.secret_keys()?.signing().ok_or_else(|| Problem::misconfigured("secret_keys: none signs"))
    }

    /// Whether `token` is the dispatch token. Without one configured, none is.
    pub fn is_dispatch_token(&self, token: &str) -> bool {
        // Hashes are compared, so that the time it takes says nothing about the token.
        self.dispatch_token_hash.as_deref() == Some(token_hash(token).as_str())
    }

    /// Whether `token` is the operator token. Without one configured, none is.
    pub fn is_operator_token(&self, token: &str) -> bool {
        self.operator_token_hash.as_deref() == Some(token_hash(token).as_str())
    }

    /// The name of an organization's log in its checkpoints: where it is, without how to get there, and whose it is.
    pub fn log_origin(&self, org: &OrgId) -> String {
        let host = self.public_origin.split_once("://").map_or(self.public_origin.as_str(), |(_, host)| host);
        format!("{host}/{org}")
    }

    pub fn is_https(&self) -> bool {
        self.public_origin.starts_with("https://")
    }

    /// The name of the session's cookie. `__Host-` binds it to https, so plain http in development has another.
    pub fn session_cookie(&self) -> &'static str {
        if self.is_https() { "__Host-latchkey_session" } else { "latchkey_session" }
    }

    /// Whether browsers at this origin may use the API with its session cookie.
    pub fn trusts_origin(&self, origin: &str) -> bool {
        origin == self.public_origin || self.cors_origins.iter().any(|allowed| allowed == origin)
    }
}

/// The origin of a URL as browsers write it: lower case, without the scheme's own port.
fn origin_of(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let default_port = match uri.scheme_str()? {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let (scheme, host) = (uri.scheme_str()?, uri.host()?.to_ascii_lowercase());
    match uri.port_u16().filter(|port| *port != default_port) {
        Some(port) => Some(format!("{scheme}://{host}:{port}")),
        None => Some(format!("{scheme}://{host}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn defaults_are_for_development_on_one_machine() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.public_url, "http://127.0.0.1:3000");
        assert!(!settings.dev_mode && !settings.is_https() && settings.trusts_origin("http://127.0.0.1:3000"));
        assert_eq!(settings.session_cookie(), "latchkey_session");
        assert_eq!(settings.secret_keys().unwrap_err().code, crate::Code::Misconfigured);
        assert!(!settings.is_dispatch_token(""));
    }

    #[test]
    fn origins_are_compared_as_browsers_write_them() {
        let settings = read(&[
            ("public_url", "https://Team.Example:443/"),
            ("cors_origins", " http://a.example:80/ ,https://b.example:8443"),
        ]);
        let settings = settings.unwrap();
        assert_eq!(settings.session_cookie(), "__Host-latchkey_session");
        for origin in ["https://team.example", "http://a.example", "https://b.example:8443"] {
            assert!(settings.trusts_origin(origin), "{origin}");
        }
        for origin in ["http://team.example", "https://b.example", "null", "", "https://team.example.evil.example"] {
            assert!(!settings.trusts_origin(origin), "{origin}");
        }
    }

    #[test]
    fn a_log_is_named_by_where_it_is_and_whose() {
        let org = OrgId::parse("org_00000000000000000000000000000001").unwrap();
        for (url, origin) in [
            ("https://Team.Example:443/", "team.example/org_00000000000000000000000000000001"),
            ("http://127.0.0.1:3000", "127.0.0.1:3000/org_00000000000000000000000000000001"),
        ] {
            assert_eq!(read(&[("public_url", url)]).unwrap().log_origin(&org), origin);
        }
    }

    #[test]
    fn every_wrong_variable_is_named_and_no_secret_is_repeated() {
        let fault = read(&[
            ("secret_keys", "k1:hunter2"),
            ("public_url", "team.example"),
            ("dev_mode", "maybe"),
            ("trusted_proxy_hops", "99"),
            ("cors_origins", "*"),
        ])
        .unwrap_err();
        for name in ["secret_keys", "public_url", "dev_mode", "trusted_proxy_hops", "cors_origins"] {
            assert!(fault.contains(name), "{name} in {fault}");
        }
        assert!(!fault.contains("hunter2"));
    }

    #[test]
    fn the_dispatch_token_is_compared_by_hash() {
        let settings = read(&[("dispatch_token", "s3cret")]).unwrap();
        assert!(settings.is_dispatch_token("s3cret") && !settings.is_dispatch_token("s3cre"));
        assert!(!format!("{settings:?}").contains("s3cret"));
    }
}
