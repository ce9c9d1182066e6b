//! Asks the deployment's DNS resolver, over HTTPS (RFC 8484). No other is asked, and nobody else is believed.

use std::time::Duration;

use latchkey_api::limits::{DNS_ANSWER_BYTES_MAX, DNS_TIMEOUT_S};
use latchkey_api::{Code, Problem, Settings};
use latchkey_dns::{DNS_MESSAGE, Found, Missing, Trouble, question, read_answer};
use latchkey_domain::decide::domain::Seen;

use crate::fetch::Post;

/// Why nobody can say what the DNS has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    /// The resolver answered, and does not know.
    Trouble(Trouble),
    /// The resolver did not answer, or not as a resolver does.
    Unreachable(String),
}

impl std::fmt::Display for Unresolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Trouble(trouble) => trouble.fmt(f),
            Self::Unreachable(reason) => write!(f, "the resolver does not answer: {reason}"),
        }
    }
}

impl From<Unresolved> for Problem {
    fn from(unresolved: Unresolved) -> Self {
        const AGAIN_IN_S: u64 = 60;
        let code = match unresolved {
            Unresolved::Trouble(_) => Code::DomainUnresolvable,
            Unresolved::Unreachable(_) => Code::ResolverUnreachable,
        };
        let detail = format!(
            "Nobody can say now whether the record is there: {unresolved}. Nothing was changed; try again later."
        );
        Self::new(code, detail).retry_after_s(AGAIN_IN_S)
    }
}

/// The texts under a name.
///
/// # Errors
/// When the resolver does not know, or does not answer.
pub async fn texts(settings: &Settings, name: &str) -> Result<Seen, Unresolved> {
    let url =
        settings.dns_resolver().map_err(|problem| Unresolved::Unreachable(problem.log.unwrap_or_default().into()))?;
    let Some(body) = question(name) else { return Ok(Seen::NoName) };
    let post = Post {
        url: url.to_owned(),
        headers: vec![("content-type", DNS_MESSAGE.to_owned()), ("accept", DNS_MESSAGE.to_owned())],
        body,
        timeout: Duration::from_secs(DNS_TIMEOUT_S),
        answer_bytes_max: DNS_ANSWER_BYTES_MAX,
    };
    let answer = post.send().await.map_err(|unanswered| Unresolved::Unreachable(unanswered.0))?;
    if answer.status != 200 {
        return Err(Unresolved::Unreachable(format!("it answered {}", answer.status)));
    }
    if answer.body.len() >= DNS_ANSWER_BYTES_MAX {
        return Err(Unresolved::Trouble(Trouble::Truncated));
    }
    match read_answer(name, &answer.body) {
        Ok(Found::Texts(texts)) => Ok(Seen::Texts(texts)),
        Ok(Found::Nothing(Missing::Record)) => Ok(Seen::NoRecord),
        Ok(Found::Nothing(Missing::Name)) => Ok(Seen::NoName),
        Err(trouble) => Err(Unresolved::Trouble(trouble)),
    }
}
