//! Requests for tokens as OAuth 2.0 writes them (RFC 6749): who asks, and how it is refused.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use latchkey_domain::OauthClientId;
use latchkey_domain::secret::token_hash;

use crate::call::Call;
use crate::model::{OauthError, TokenRequest};
use crate::problem::{Code, Problem};
use crate::reply::Reply;
use crate::router;

/// A client that asks for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub client: OauthClientId,
    /// Lower-case hex of the secret's SHA-256: nothing else of it is kept.
    pub secret_hash: String,
    /// `None`: all that it may do.
    pub scope: Option<BTreeSet<String>>,
}

/// Why there is no token. The texts are for whoever writes the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRefusal {
    Request(&'static str),
    GrantType,
    /// Whichever it is that does not fit, the id or the secret.
    Client,
    Scope(&'static str),
}

impl TokenRefusal {
    /// The answer, as RFC 6749, 5.2 wants it.
    pub fn reply(self) -> Reply {
        let (status, error, description) = match self {
            Self::Request(why) => (400, "invalid_request", why),
            Self::GrantType => (400, "unsupported_grant_type", "Use grant_type=client_credentials."),
            Self::Client => {
                (401, "invalid_client", "There is no such client, its secret is another, or it was revoked.")
            }
            Self::Scope(why) => (400, "invalid_scope", why),
        };
        let error = OauthError { error: error.to_owned(), error_description: description.to_owned() };
        let reply = Reply::refusal(status, &error).header("pragma", "no-cache");
        if status == 401 { reply.header("www-authenticate", "Basic realm=\"oauth\"") } else { reply }
    }
}

/// Reads the request, and who makes it.
///
/// # Errors
/// What RFC 6749 calls an invalid request or client.
pub fn read(call: &Call) -> Result<Asked, TokenRefusal> {
    let request: TokenRequest = call.form().map_err(|problem| refusal(&problem))?;
    let posted = request.client_id.as_ref().zip(request.client_secret.as_ref());
    let is_posted = request.client_secret.is_some();
    // A bearer token is no client's: whoever sends one is asked as if they had not.
    let header = call.head().header("authorization").filter(|header| is_basic(header));
    let (client, secret) = match header {
        Some(_) if is_posted => {
            return Err(TokenRefusal::Request("Send the secret once: in the header or in the form."));
        }
        Some(header) => basic(header).ok_or(TokenRefusal::Client)?,
        None => {
            let (client, secret) = posted.ok_or(TokenRefusal::Client)?;
            (client.as_str().to_owned(), secret.as_str().to_owned())
        }
    };
    if request.client_id.is_some_and(|named| named.as_str() != client) {
        return Err(TokenRefusal::Request("The client_id in the form is not the one in the header."));
    }
    let client = OauthClientId::parse(&client).ok_or(TokenRefusal::Client)?;
    let scope = request.scope.map(|scope| scope.0.split(' ').filter(|it| !it.is_empty()).map(str::to_owned).collect());
    Ok(Asked { client, secret_hash: token_hash(&secret), scope })
}

/// What the token will say: all that the client may do, or as much of it as it asks for.
///
/// # Errors
/// When it asks for more, or may do nothing.
pub fn granted(asked: Option<&BTreeSet<String>>, may: BTreeSet<String>) -> Result<String, TokenRefusal> {
    let granted = match asked {
        Some(asked) if !asked.is_subset(&may) => return Err(TokenRefusal::Scope("The client may not do all of this.")),
        Some(asked) => asked.clone(),
        None => may,
    };
    if granted.is_empty() {
        return Err(TokenRefusal::Scope("This leaves nothing that the client may do."));
    }
    Ok(granted.into_iter().collect::<Vec<_>>().join(" "))
}

/// The id and the secret of `client_secret_basic`: each encoded as in a form (RFC 6749, 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (_, encoded) = header.trim().split_once(' ')?;
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client, secret) = decoded.split_once(':')?;
    let of_form = |text: &str| router::decode(&text.replace('+', " ")).ok();
    Some((of_form(client)?, of_form(secret)?))
}

fn is_basic(header: &str) -> bool {
    header.trim().split(' ').next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"))
}

fn refusal(problem: &Problem) -> TokenRefusal {
    let wrong = |field: &str, code: &str| problem.errors.iter().any(|it| it.field == field && it.code == code);
    match problem.code {
        _ if wrong("grant_type", "not_allowed") => TokenRefusal::GrantType,
        Code::UnsupportedMediaType => TokenRefusal::Request("Send the body as application/x-www-form-urlencoded."),
        Code::BadUrl => TokenRefusal::Request("The form holds an escape that is none."),
        _ if wrong("grant_type", "required") => TokenRefusal::Request("Send grant_type=client_credentials."),
        _ => TokenRefusal::Request("A parameter is malformed, or there twice."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_decoded_twice() {
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(basic(&header("oac_1:lkc_2")), pair("oac_1", "lkc_2"));
        assert_eq!(basic(&header("a%3Ab:c+d%2B:e")), pair("a:b", "c d+:e"));
        assert_eq!(basic(&header(":")), pair("", ""));
        for wrong in ["Basic", "Basic !", &header("none"), &header("a:%zz"), "Basic /w=="] {
            assert_eq!(basic(wrong), None, "{wrong}");
        }
        assert!(is_basic("basic YTpi") && is_basic("Basic") && !is_basic("Bearer YTpi") && !is_basic(""));
    }

    #[test]
    fn a_token_says_what_was_asked_for_and_no_more_than_the_client_may() {
        let set = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
        let may = || set(&["org.read", "member.read"]);
        assert_eq!(granted(None, may()), Ok("member.read org.read".to_owned()));
        assert_eq!(granted(Some(&set(&["org.read"])), may()), Ok("org.read".to_owned()));
        for asked in [Some(set(&["org.update"])), Some(set(&["org.read", "x"])), Some(set(&[]))] {
            assert!(matches!(granted(asked.as_ref(), may()), Err(TokenRefusal::Scope(_))), "{asked:?}");
        }
        assert!(matches!(granted(None, set(&[])), Err(TokenRefusal::Scope(_))));
    }
}
