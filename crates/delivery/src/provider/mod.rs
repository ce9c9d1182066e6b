//! Whoever takes mails to people: what is sent to them, and what their answers mean. One module each.

mod hook;
mod postmark;
mod resend;

use http::Uri;
use http::uri::Scheme;

use crate::Language;
use crate::signature::SigningSecret;

/// The longest time that a provider is believed to need.
const RETRY_AFTER_S_MAX: u64 = 24 * 3600;

/// How much of a reason is kept, in characters.
const REASON_CHARS_MAX: usize = 300;

/// A mail that is ready to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// The same for each try, so that a repetition can be told.
    pub id: &'a str,
    /// Such as `invitation`.
    pub kind: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    pub html: &'a str,
    pub language: Language,
}

/// Who mails come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// An address, or `Name <address>`.
    pub from: String,
    pub reply_to: Option<String>,
}

/// A provider, and what it knows us by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provider {
    /// resend.com.
    Resend { url: String, key: String },
    /// postmarkapp.com.
    Postmark { url: String, key: String },
    /// Anything else: a server of the operator's own, which is sent the mail, signed.
    Hook { url: String, secret: SigningSecret },
}

/// Why a provider cannot be used, as a sentence without its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderFault {
    /// The variable it is about.
    pub variable: &'static str,
    pub fault: &'static str,
}

/// A POST that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is the provider's now, under that id if it said one.
    Accepted { provider_id: Option<String> },
    /// Not now; the provider may have said when. What it said is for whoever runs the service, for it speaks of their account.
    Later { reason: String, said: Option<String>, after_s: Option<u64> },
    /// Not so fast: the mail has not been looked at.
    Slower { after_s: Option<u64> },
    /// Never: this address will not be written to. The provider's own words, which are about the address.
    Refused { reason: String },
}

impl Provider {
    /// The provider of that name. `url` empty: the provider's own.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn named(name: &str, url: &str, key: &str) -> Result<Self, ProviderFault> {
        let own = match name {
            "resend" => resend::URL,
            "postmark" => postmark::URL,
            "hook" => "",
            _ => {
                return Err(ProviderFault {
                    variable: "mail_provider",
                    fault: "must be resend, postmark, hook or none",
                });
            }
        };
        let url = if url.is_empty() { own } else { url }.trim_end_matches('/').to_owned();
        if url.is_empty() {
            return Err(ProviderFault { variable: "mail_url", fault: "must say where the hook listens" });
        }
        let is_http = |uri: &Uri| {
            uri.host().is_some() && matches!(uri.scheme(), Some(s) if *s == Scheme::HTTPS || *s == Scheme::HTTP)
        };
        if !url.parse::<Uri>().is_ok_and(|uri| is_http(&uri)) {
            return Err(ProviderFault {
                variable: "mail_url",
                fault: "must be http:// or https://, a host, and nothing after a #",
            });
        }
        if key.is_empty() {
            return Err(ProviderFault { variable: "mail_key", fault: "is not set: the provider knows us by it" });
        }
        let key = key.to_owned();
        match name {
            "resend" => Ok(Self::Resend { url, key }),
            "postmark" => Ok(Self::Postmark { url, key }),
            _ => match SigningSecret::parse(&key) {
                Some(secret) => Ok(Self::Hook { url, secret }),
                None => {
                    Err(ProviderFault { variable: "mail_key", fault: "must be whsec_ and 24 to 64 bytes in Base64" })
                }
            },
        }
    }

    /// What to send, at `now_s` in seconds since 1970.
    pub fn request(&self, message: &Message<'_>, sender: &Sender, now_s: i64) -> Request {
        match self {
            Self::Resend { url, key } => resend::request(url, key, message, sender),
            Self::Postmark { url, key } => postmark::request(url, key, message, sender),
            Self::Hook { url, secret } => hook::request(url, secret, message, sender, now_s),
        }
    }

    /// What an answer means. `retry_after` is the header of that name.
    pub fn verdict(&self, status: u16, retry_after: Option<&str>, body: &[u8]) -> Verdict {
        let verdict = match self {
            Self::Resend { .. } => resend::verdict(status, body),
            Self::Postmark { .. } => postmark::verdict(status, body),
            Self::Hook { .. } => hook::verdict(status, body),
        };
        // Only the form in seconds: the other one is rare, and the schedule does as well.
        let after_s = retry_after.and_then(|s| s.trim().parse().ok()).map(|s: u64| s.min(RETRY_AFTER_S_MAX));
        match verdict {
            Verdict::Later { .. } if status == 429 => Verdict::Slower { after_s },
            Verdict::Later { reason, said, .. } => Verdict::Later { reason, said, after_s },
            other => other,
        }
    }
}

fn json_post(url: String, mut headers: Vec<(&'static str, String)>, body: &serde_json::Value) -> Request {
    headers.push(("content-type", "application/json".to_owned()));
    Request { url, headers, body: body.to_string().into_bytes() }
}

/// What a provider says, cut to a length that fits beside a mail. Control characters are left out.
fn words(said: Option<&str>) -> Option<String> {
    let said: String = said?.trim().chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect();
    Some(said).filter(|said| !said.is_empty())
}

fn refused(status: u16, said: Option<&str>) -> Verdict {
    Verdict::Refused { reason: words(said).unwrap_or_else(|| answered(status)) }
}

fn later(status: u16, said: Option<&str>) -> Verdict {
    let reason = match status {
        401 | 403 => "the mail provider refuses the key it was given".to_owned(),
        _ => answered(status),
    };
    Verdict::Later { reason, said: words(said), after_s: None }
}

fn answered(status: u16) -> String {
    format!("the mail provider answered {status}")
}

#[cfg(test)]
mod tests;
