//! `GET /v1/auth/oidc/{provider}/callback`: signs in whoever comes back from an identity provider.

use std::time::Duration;

use latchkey_domain::secret::{OidcState, STATE_GENERATION};
use latchkey_edge::fetch::{Get, Post};
use latchkey_edge::field_types::AnswerText;
use latchkey_edge::limits::{OIDC_SIGN_INS_PER_CLIENT_MAX, PROVIDER_ANSWER_BYTES_MAX, PROVIDER_TIMEOUT_S};
use latchkey_edge::model::OidcAnswer;
use latchkey_edge::{Call, Code, Database, Problem, Reply, db, rate};
use latchkey_identity::{
    Answer, AnswerFault, Kind, Person, Provider, ReturnPath, Token, TokenAnswer, TokenRequest, Use, answer, user_info,
};
use latchkey_store::identity::{self, Begun};

use crate::arrival::{self, Opened};
use crate::begun::{Bindings, browser, browser_hash, provider};
use crate::{issuer, landing};

/// One statement takes what was begun, so that it is finished once; another opens the session.
pub(crate) async fn finish_oidc_sign_in(call: Call) -> Result<Reply, Problem> {
    let answered: OidcAnswer = call.query_form()?;
    let provider = provider(&call)?;
    let db = db().await?;
    let taken = match rate::count(&call, "oidc_finish", OIDC_SIGN_INS_PER_CLIENT_MAX).await {
        Ok(()) => take(&call, &db, provider, &answered).await,
        Err(problem) => Err(problem),
    };
    let (state, begun) = match taken {
        Ok(taken) => taken,
        Err(problem) => return landing::refused(&call, &ReturnPath::default(), problem),
    };
    let return_to = ReturnPath::parse(&begun.return_to).unwrap_or_default();
    match sign_in(&call, &db, provider, &answered, &state, &begun).await {
        Ok(opened) => {
            let path = match &begun.invitation {
                Some(invitation) => match arrival::accept(&opened, invitation).await {
                    Ok(()) => return_to,
                    Err(code) => return_to.with("invitation_error", code.name()),
                },
                None => return_to,
            };
            Ok(landing::at(&call, &path).session_cookie(
                call.settings(),
                &opened.token,
                call.settings().sessions.absolute_s,
            ))
        }
        Err(problem) => landing::refused(&call, &return_to, problem),
    }
}

/// What was begun, if it was by this browser and at this provider. A browser without its cookie has begun nothing.
async fn take(
    call: &Call,
    db: &Database,
    provider: &Provider,
    answered: &OidcAnswer,
) -> Result<(OidcState, Begun), Problem> {
    let state = OidcState::parse(answered.state.as_str()).ok_or_else(landing::over)?;
    let browser = browser(call).ok_or_else(landing::over)?;
    let begun = identity::take(db, state.id(), &provider.id, &browser_hash(&browser), call.now_ms()).await?;
    let begun = begun.ok_or_else(landing::over)?;
    let is_ours = state.opens(call.settings().secret_keys()?, &begun.key_id, STATE_GENERATION);
    if is_ours { Ok((state, begun)) } else { Err(landing::over()) }
}

async fn sign_in(
    call: &Call,
    db: &Database,
    provider: &Provider,
    answered: &OidcAnswer,
    state: &OidcState,
    begun: &Begun,
) -> Result<Opened, Problem> {
    let key = call.settings().secret_keys()?.named(&begun.key_id).ok_or_else(landing::over)?;
    let bindings = Bindings::of(call, provider, key, state.id());
    let person = person(call, provider, answered, &bindings).await?;
    arrival::by_provider(call, db, provider, &person).await
}

/// Whom the provider vouches for.
async fn person(
    call: &Call,
    provider: &Provider,
    answered: &OidcAnswer,
    bindings: &Bindings,
) -> Result<Person, Problem> {
    let metadata = issuer::metadata(call, &provider.issuer, Use::SignIn).await?;
    let given = Answer {
        code: answered.code.as_ref().map(AnswerText::as_str),
        error: answered.error.as_ref().map(AnswerText::as_str),
        iss: answered.iss.as_ref().map(AnswerText::as_str),
    };
    let code = answer(&given, provider, &metadata).map_err(|fault| match fault {
        AnswerFault::Refused(_) => provider_refused(&fault.to_string()),
        AnswerFault::Issuer | AnswerFault::NoCode => arrival::does_not_hold(&fault),
    })?;
    let request = TokenRequest::new(&bindings.asking(provider, &metadata), code, call.now_ms() / 1000);
    let post = Post {
        url: request.url,
        headers: request.headers,
        body: request.body,
        timeout: Duration::from_secs(PROVIDER_TIMEOUT_S),
        answer_bytes_max: PROVIDER_ANSWER_BYTES_MAX,
    };
    let traded = post.send().await.map_err(|fault| Problem::provider_unavailable(format!("token: {}", fault.0)))?;
    if matches!(traded.status, 400 | 401 | 403) {
        return Err(provider_refused(&format!("the code was not traded ({})", traded.status)));
    }
    let tokens = TokenAnswer::read(traded.status, &traded.body);
    let tokens = tokens.ok_or_else(|| Problem::provider_unavailable(format!("token: no token ({})", traded.status)))?;

    let token = Token::read(&tokens.id_token).map_err(|fault| arrival::does_not_hold(&fault))?;
    let claims =
        issuer::verify(call, &token, &metadata.jwks_uri).await?.map_err(|fault| arrival::does_not_hold(&fault))?;
    let kind = Kind::Id { nonce: &bindings.nonce };
    let expected = arrival::expected(call, &provider.issuer, &provider.client_id, kind);
    let person = claims.check(&expected).map_err(|fault| arrival::does_not_hold(&fault))?;
    match user_info(&metadata, &tokens).filter(|_| person.email.is_none()) {
        Some((url, authorization)) => more_about(person, url, authorization).await,
        None => Ok(person),
    }
}

/// What the provider says of a person besides, where its token says no address.
async fn more_about(person: Person, url: String, authorization: String) -> Result<Person, Problem> {
    let get = Get {
        url,
        headers: vec![("authorization", authorization), ("accept", "application/json".to_owned())],
        timeout: Duration::from_secs(PROVIDER_TIMEOUT_S),
        answer_bytes_max: PROVIDER_ANSWER_BYTES_MAX,
    };
    let told = get.send().await.map_err(|fault| Problem::provider_unavailable(format!("user info: {}", fault.0)))?;
    let about = serde_json::from_slice(&told.body).ok().filter(|_| told.status == 200);
    let about = about.ok_or_else(|| Problem::provider_unavailable(format!("user info: {}", told.status)))?;
    person.with(&about).map_err(|fault| arrival::does_not_hold(&fault))
}

fn provider_refused(reason: &str) -> Problem {
    let detail = "The identity provider did not agree to say who you are.";
    Problem { log: Some(reason.into()), ..Problem::new(Code::ProviderRefused, detail) }
}
