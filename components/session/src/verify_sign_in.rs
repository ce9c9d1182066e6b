//! `POST /v1/auth/email/verify`: trades a code for a session.

use latchkey_domain::command::NewSession;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::secret::{codes_match, token_hash};
use latchkey_domain::{ChallengeId, Refusal, SessionId, UserId, search};
use latchkey_edge::limits::{SIGN_IN_CODE_TRIES_MAX, SIGN_IN_TRIES_PER_CLIENT_MAX};
use latchkey_edge::model::{Me, Session, VerifySignIn};
use latchkey_edge::{Call, Entropy, Problem, Reply, Timestamp, db, joining, rate};
use latchkey_store::account::{self, SignedIn};

/// The try is counted by one statement before the code is compared, so that parallel guesses cannot outrun the limit;
/// the next statement spends the code, makes the account if there is none, and opens the session. Where an organization takes people
/// in by the domain of the address, two more bring them in.
pub(crate) async fn verify_sign_in(call: Call) -> Result<Reply, Problem> {
    let request: VerifySignIn = call.body()?;
    rate::count(&call, "sign_in_try", SIGN_IN_TRIES_PER_CLIENT_MAX).await?;
    let keys = call.settings().secret_keys()?;
    let signing = call.settings().signing_key()?;
    let challenge = ChallengeId::parse(request.challenge.as_str()).ok_or(Refusal::CodeSpent)?;
    let db = db().await?;

    let tried = account::count_try(&db, &challenge, call.now_ms(), SIGN_IN_CODE_TRIES_MAX).await?;
    let tried = tried.ok_or(Refusal::CodeSpent)?;
    let expected = keys.named(&tried.key_id).map(|key| key.sign_in_code(&challenge)).ok_or(Refusal::CodeSpent)?;
    if !codes_match(&expected, request.code.as_str()) {
        let tries_left = SIGN_IN_CODE_TRIES_MAX.saturating_sub(tried.tries);
        return Err(Refusal::CodeWrong { tries_left }.into());
    }

    let lasts = call.settings().sessions;
    let id = SessionId::new(Entropy.uuid());
    let token = signing.session_token(&id);
    let session = NewSession {
        id,
        token_hash: token_hash(&token),
        user_id: UserId::new(Entropy.uuid()),
        expires_at: call.now_ms().saturating_add(lasts.at_first_s().saturating_mul(1000)),
    };
    let words = search::words(None, &tried.email_key);
    let user = account::sign_in(&db, &challenge, &session, &words, call.now_ms()).await?.ok_or(Refusal::CodeSpent)?;
    let joined = if user.may_join { joining::at_sign_in(&call, &db, &session.token_hash).await } else { None };
    let joined = joined.map(|org| org.to_string());
    let answer = Session { joined, token: token.clone(), expires_at: Timestamp(session.expires_at), user: me(user) };
    Ok(Reply::ok(&answer).session_cookie(call.settings(), &token, lasts.absolute_s))
}

fn me(user: SignedIn) -> Me {
    Me {
        id: user.id.to_string(),
        email: user.email,
        display_name: user.display_name,
        created_at: Timestamp(user.created_at),
    }
}
