//! `POST /v1/auth/external`: checks a token of the external issuer.

use latchkey_edge::model::{ConfirmExternalToken, ExternalSession, Me};
use latchkey_edge::{Call, Code, Problem, Reply, Timestamp, db};
use latchkey_identity::{ClaimsFault, ExternalIssuer, Kind, Token, TokenFault, Use};
use latchkey_store::account::SignedIn;

use crate::{arrival, issuer};

/// Asked by the other components, the first time that a token comes. Nothing here is a secret, and nothing is given that the token does
/// not give by itself, so that anybody may ask.
pub(crate) async fn confirm_external_token(call: Call) -> Result<Reply, Problem> {
    let request: ConfirmExternalToken = call.body()?;
    let text = request.token.as_str();
    let external = call.settings().external_issuer()?;
    let external = external.ok_or_else(|| refused("is of an issuer that this service does not know"))?;
    let token = Token::read(text).map_err(|fault| of_token(&fault))?;
    // Before anything is asked for it: anybody can make up tokens of other issuers.
    if !token.claims_to_be_of(&external.issuer) {
        return Err(refused(&ClaimsFault::Issuer.to_string()));
    }
    let jwks_url = jwks_url(&call, external).await?;
    let claims = issuer::verify(&call, &token, &jwks_url).await?.map_err(|fault| of_token(&fault))?;
    let kind = Kind::Bearer { required: &external.required };
    let expected = arrival::expected(&call, &external.issuer, &external.audience, kind);
    let person = claims.check(&expected).map_err(|fault| refused(&fault.to_string()))?;
    let (user, expires_at) = arrival::by_token(&call, &db().await?, external, &person, text).await?;
    Ok(Reply::ok(&ExternalSession { expires_at: Timestamp(expires_at), user: me(user) }))
}

async fn jwks_url(call: &Call, external: &ExternalIssuer) -> Result<String, Problem> {
    match &external.jwks_url {
        Some(url) => Ok(url.clone()),
        None => Ok(issuer::metadata(call, &external.issuer, Use::Keys).await?.jwks_uri),
    }
}

fn of_token(fault: &TokenFault) -> Problem {
    refused(&fault.to_string())
}

/// Whoever makes the host product is told why: they have the token, and could look for themselves.
fn refused(why: &str) -> Problem {
    Problem::new(Code::Unauthenticated, format!("The bearer token {why}."))
}

fn me(user: SignedIn) -> Me {
    Me {
        id: user.id.to_string(),
        email: user.email,
        display_name: user.display_name,
        created_at: Timestamp(user.created_at),
    }
}
