//! Whoever an issuer has vouched for, on the way into their account.

use std::fmt::Display;
use std::time::Duration;

use latchkey_domain::command::NewSession;
use latchkey_domain::email::domain_of;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::secret::token_hash;
use latchkey_domain::{DisplayName, Email, InvitationId, SessionId, UserId, search};
use latchkey_edge::fetch::Post;
use latchkey_edge::{Call, Code, Database, Entropy, Problem, joining};
use latchkey_identity::{Expected, ExternalIssuer, Kind, Person, Provider};
use latchkey_store::account::SignedIn;
use latchkey_store::identity::{Arrival, Means, Vouched, arrive};
use serde_json::Value;

/// Where invitations are accepted: within the application.
const ACCEPT_URL: &str = "http://accept.spin.internal/v1/me/invitations";
const ACCEPT_TIMEOUT: Duration = Duration::from_secs(10);
const ACCEPT_ANSWER_BYTES_MAX: usize = 16 * 1024;

/// A session that is open.
pub(crate) struct Opened {
    pub(crate) token: String,
}

/// Signs in by hand.
pub(crate) async fn by_provider(
    call: &Call,
    db: &Database,
    provider: &Provider,
    person: &Person,
) -> Result<Opened, Problem> {
    let email = person.verified_email(provider.when_unsaid).and_then(|email| Email::parse(email).ok());
    let email = email.filter(|email| provider.speaks_for(domain_of(email.key())));
    let id = SessionId::new(Entropy.uuid());
    let token = call.settings().signing_key()?.session_token(&id);
    let session = NewSession {
        id,
        token_hash: token_hash(&token),
        user_id: UserId::new(Entropy.uuid()),
        expires_at: call.now_ms().saturating_add(call.settings().sessions.at_first_s().saturating_mul(1000)),
    };
    match enter(call, db, person, email.as_ref(), Means::Oidc, &session).await? {
        Arrival::In(user) => {
            if user.may_join {
                joining::at_sign_in(call, db, &session.token_hash).await;
            }
            Ok(Opened { token })
        }
        other => Err(refusal(&other)),
    }
}

/// Lets a token that a program sends stand for a session, until it ends.
pub(crate) async fn by_token(
    call: &Call,
    db: &Database,
    issuer: &ExternalIssuer,
    person: &Person,
    token: &str,
) -> Result<(SignedIn, i64), Problem> {
    let email = person.verified_email(issuer.when_unsaid).and_then(|email| Email::parse(email).ok());
    let session = NewSession {
        id: SessionId::new(Entropy.uuid()),
        token_hash: token_hash(token),
        user_id: UserId::new(Entropy.uuid()),
        expires_at: person.expires_at_s.saturating_mul(1000),
    };
    match enter(call, db, person, email.as_ref(), Means::Jwt, &session).await? {
        Arrival::In(user) => Ok((user, session.expires_at)),
        other => Err(refusal(&other)),
    }
}

async fn enter(
    call: &Call,
    db: &Database,
    person: &Person,
    email: Option<&Email>,
    by: Means,
    session: &NewSession,
) -> Result<Arrival, Problem> {
    let name = person.name.as_deref().and_then(|name| DisplayName::parse(name).ok());
    let name = name.as_ref().map(DisplayName::as_str);
    let key = email.map(Email::key).unwrap_or_default();
    let authenticated_at_s = person.authenticated_at_s.unwrap_or(person.issued_at_s);
    let vouched = Vouched {
        issuer: &person.issuer,
        subject: &person.subject,
        email,
        display_name: name,
        words: &search::words(name, key),
        sort_name: &search::sort_name(name, key),
        by,
        issued_at: person.issued_at_s.saturating_mul(1000),
        // Nobody has shown who they are in the future, whatever the issuer's clock says.
        authenticated_at: authenticated_at_s.saturating_mul(1000).min(call.now_ms()),
        user: &session.user_id,
        session: &session.id,
        token_hash: &session.token_hash,
        now: call.now_ms(),
        expires_at: session.expires_at,
    };
    Ok(arrive(db, &vouched).await?)
}

/// Accepts an invitation in the name of whoever has just signed in: by the component that does so for everybody.
///
/// # Errors
/// The code by which it was refused.
pub(crate) async fn accept(opened: &Opened, invitation: &InvitationId) -> Result<(), Code> {
    let post = Post {
        url: format!("{ACCEPT_URL}/{invitation}/accept"),
        headers: vec![("authorization", format!("Bearer {}", opened.token))],
        body: Vec::new(),
        timeout: ACCEPT_TIMEOUT,
        answer_bytes_max: ACCEPT_ANSWER_BYTES_MAX,
    };
    let answer = post.send().await.map_err(|unanswered| {
        eprintln!("signin cannot accept {invitation}: {}", unanswered.0);
        Code::StoreUnavailable
    })?;
    if answer.status == 200 {
        return Ok(());
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    Err(match body.get("code").and_then(Value::as_str).and_then(Code::named) {
        // It was sent to another address than the one of this account.
        Some(Code::NotFound) => Code::InvitationForAnotherAccount,
        code => code.unwrap_or(Code::Internal),
    })
}

/// What a token has to say.
pub(crate) fn expected<'a>(call: &Call, issuer: &'a str, audience: &'a str, kind: Kind<'a>) -> Expected<'a> {
    Expected { issuer, audience, now_s: call.now_ms().div_euclid(1000), kind }
}

/// What the provider says is not believed. Why is for the operator: a forger would learn from it.
pub(crate) fn does_not_hold(fault: &impl Display) -> Problem {
    let detail = "What the identity provider says of you cannot be believed. Start the sign-in again.";
    Problem { log: Some(format!("the token or answer {fault}").into()), ..Problem::new(Code::IdentityRefused, detail) }
}

fn refusal(arrival: &Arrival) -> Problem {
    match arrival {
        Arrival::AddressUnverified => Problem::new(
            Code::EmailUnverified,
            "The identity provider names no address that it has verified, so it cannot be told which account is yours.",
        ),
        Arrival::AccountDeleted => {
            Problem::new(Code::AccountDeleted, "The account was deleted. Sign in by hand to make a new one.")
        }
        Arrival::In(_) | Arrival::Ended => Problem::unauthenticated(),
    }
}
