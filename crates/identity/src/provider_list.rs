//! Reading the operator's list of providers. Every fault names its place, and none repeats a value: some of them are secret.

use serde_json::{Map, Value};

use crate::claims::WhenUnsaid;
use crate::client_secret::{AppleKey, ClientSecret};
use crate::provider::{AuthMethod, Provider, ResponseMode};
use crate::url::Transport;

const PROVIDERS_MAX: usize = 20;
const ID_CHARS_MAX: usize = 32;
/// The members that an entry may have.
const MEMBERS: [&str; 14] = [
    "id",
    "name",
    "preset",
    "issuer",
    "client_id",
    "client_secret",
    "scopes",
    "trusts_email",
    "domains",
    "auth_method",
    "response_mode",
    "team_id",
    "key_id",
    "private_key",
];

/// What is known of a provider beforehand.
struct Preset {
    name: &'static str,
    title: &'static str,
    issuer: &'static str,
    scopes: &'static [&'static str],
    response_mode: ResponseMode,
    auth_method: Option<AuthMethod>,
}

const ANY: Preset = Preset {
    name: "",
    title: "",
    issuer: "",
    scopes: &["openid", "email", "profile"],
    response_mode: ResponseMode::Query,
    auth_method: None,
};

const PRESETS: [Preset; 2] = [
    Preset {
        name: "google",
        title: "Google",
        issuer: "https://accounts.google.com",
        auth_method: Some(AuthMethod::Post),
        ..ANY
    },
    // Whoever asks Apple for an address must take the answer as a form.
    Preset {
        name: "apple",
        title: "Apple",
        issuer: "https://appleid.apple.com",
        scopes: &["openid", "email", "name"],
        response_mode: ResponseMode::FormPost,
        auth_method: Some(AuthMethod::Post),
    },
];

/// Reads the list: JSON, one object for each provider.
///
/// # Errors
/// All that is wrong, one sentence each.
pub fn read_providers(text: &str, transport: Transport) -> Result<Vec<Provider>, Vec<String>> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<Value> = serde_json::from_str(text)
        .map_err(|fault| vec![format!("must be a JSON list: see line {}, column {}", fault.line(), fault.column())])?;
    let mut faults = Vec::new();
    if list.len() > PROVIDERS_MAX {
        faults.push(format!("has more than {PROVIDERS_MAX} providers"));
    }
    let mut providers: Vec<Provider> = Vec::new();
    for (place, entry) in list.iter().enumerate() {
        let Some(members) = entry.as_object() else {
            faults.push(format!("provider {}: must be an object", place + 1));
            continue;
        };
        let mut entry = Entry { place: place + 1, members, faults: &mut faults };
        let provider = entry.read(transport);
        if providers.iter().any(|other| other.id == provider.id) {
            entry.fault("id", "is another provider's, too");
        }
        // Two clients of one issuer would each take the other's people for their own.
        if providers.iter().any(|other| other.issuer == provider.issuer) {
            entry.fault("issuer", "is another provider's, too");
        }
        providers.push(provider);
    }
    if faults.is_empty() { Ok(providers) } else { Err(faults) }
}

/// One provider while it is read.
struct Entry<'a> {
    place: usize,
    members: &'a Map<String, Value>,
    faults: &'a mut Vec<String>,
}

impl Entry<'_> {
    fn read(&mut self, transport: Transport) -> Provider {
        for name in self.members.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
            let name: String = name.chars().filter(char::is_ascii_alphanumeric).take(ID_CHARS_MAX).collect();
            self.faults.push(format!("provider {}: `{name}` is no member that is known", self.place));
        }
        let preset = self.preset();
        let issuer = self.text_or("issuer", preset.issuer);
        if !transport.allows(&issuer) || issuer.contains('?') {
            self.fault("issuer", "must be an https address, to the letter as the provider writes it");
        }
        let id = self.text_or("id", preset.name);
        let is_id = (1..=ID_CHARS_MAX).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !is_id {
            self.fault("id", "must be up to 32 lower-case letters, digits and hyphens");
        }
        let title = if preset.title.is_empty() { id.clone() } else { preset.title.to_owned() };
        let client_id = self.text_or("client_id", "");
        if client_id.is_empty() {
            self.fault("client_id", "is missing");
        }
        let scopes = self.texts("scopes").unwrap_or_else(|| preset.scopes.iter().map(|it| (*it).to_owned()).collect());
        if !scopes.iter().any(|scope| scope == "openid") {
            self.fault("scopes", "must have `openid`");
        }
        let domains = self.texts("domains").unwrap_or_default();
        if !domains.iter().all(|domain| domain.is_ascii() && domain.contains('.') && !domain.contains('@')) {
            self.fault("domains", "must be domains in DNS form, such as example.com");
        }
        Provider {
            name: self.text_or("name", &title),
            client_secret: self.client_secret(&preset),
            when_unsaid: self.when_unsaid(),
            domains: domains.iter().map(|domain| domain.to_ascii_lowercase()).collect(),
            response_mode: self.response_mode(&preset),
            auth_method: self.auth_method(&preset),
            id,
            issuer,
            client_id,
            scopes,
        }
    }

    fn preset(&mut self) -> Preset {
        match self.text("preset") {
            None => ANY,
            Some(name) => PRESETS.into_iter().find(|preset| preset.name == name).unwrap_or_else(|| {
                self.fault("preset", "must be google or apple");
                ANY
            }),
        }
    }

    fn client_secret(&mut self, preset: &Preset) -> ClientSecret {
        if preset.name != "apple" {
            let secret = self.text("client_secret").filter(|it| !it.is_empty());
            return secret.map_or(ClientSecret::None, ClientSecret::Text);
        }
        let mut needed = |name| {
            let value = self.text_or(name, "");
            if value.is_empty() {
                self.fault(name, "is missing");
            }
            value
        };
        let (team_id, key_id, pem) = (needed("team_id"), needed("key_id"), needed("private_key"));
        match AppleKey::read(&team_id, &key_id, &pem) {
            Some(key) => ClientSecret::Apple(key),
            None => {
                if !pem.is_empty() {
                    self.fault("private_key", "must be the text of the .p8 file, from BEGIN to END");
                }
                ClientSecret::None
            }
        }
    }

    fn response_mode(&mut self, preset: &Preset) -> ResponseMode {
        match self.text("response_mode").as_deref() {
            None => preset.response_mode,
            Some("query") => ResponseMode::Query,
            Some("form_post") => ResponseMode::FormPost,
            Some(_) => {
                self.fault("response_mode", "must be query or form_post");
                preset.response_mode
            }
        }
    }

    fn auth_method(&mut self, preset: &Preset) -> Option<AuthMethod> {
        match self.text("auth_method").as_deref() {
            None => preset.auth_method,
            Some("basic") => Some(AuthMethod::Basic),
            Some("post") => Some(AuthMethod::Post),
            Some(_) => {
                self.fault("auth_method", "must be basic or post");
                None
            }
        }
    }

    fn fault(&mut self, member: &str, what: &str) {
        self.faults.push(format!("provider {}: {member} {what}", self.place));
    }

    fn text(&mut self, member: &'static str) -> Option<String> {
        match self.members.get(member) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.trim().to_owned()),
            Some(_) => {
                self.fault(member, "must be text");
                None
            }
        }
    }

    fn text_or(&mut self, member: &'static str, default: &str) -> String {
        self.text(member).unwrap_or_else(|| default.to_owned())
    }

    fn texts(&mut self, member: &'static str) -> Option<Vec<String>> {
        let list = match self.members.get(member) {
            None | Some(Value::Null) => return None,
            Some(list) => list.as_array().map(|list| list.iter().map(|it| it.as_str().map(str::to_owned)).collect()),
        };
        let texts: Option<Vec<String>> = list.flatten();
        if texts.is_none() {
            self.fault(member, "must be a list of texts");
        }
        texts
    }

    fn when_unsaid(&mut self) -> WhenUnsaid {
        match self.members.get("trusts_email") {
            None | Some(Value::Null | Value::Bool(false)) => WhenUnsaid::Unverified,
            Some(Value::Bool(true)) => WhenUnsaid::Verified,
            Some(_) => {
                self.fault("trusts_email", "must be true or false");
                WhenUnsaid::Unverified
            }
        }
    }
}

#[cfg(test)]
mod tests;
