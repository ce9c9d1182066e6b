//! `POST /v1/auth/email`: mails a code.

use latchkey_domain::ChallengeId;
use latchkey_domain::Refusal;
use latchkey_domain::fresh::Fresh;
use latchkey_edge::limits::{
    SIGN_IN_CODE_LIFETIME_S, SIGN_IN_CODES_PER_ADDRESS_AND_CLIENT_MAX, SIGN_IN_CODES_PER_ADDRESS_MAX,
    SIGN_IN_CODES_WINDOW_S, SIGN_IN_STARTS_PER_CLIENT_MAX,
};
use latchkey_edge::model::{SignInStarted, StartSignIn};
use latchkey_edge::{Call, Database, Entropy, Problem, Reply, Timestamp, db, rate};
use latchkey_store::account::{self, CodeRate, CodeSent, NewCode};

const RATE: CodeRate = CodeRate {
    codes_max: SIGN_IN_CODES_PER_ADDRESS_MAX,
    codes_per_client_max: SIGN_IN_CODES_PER_ADDRESS_AND_CLIENT_MAX,
    window_ms: SIGN_IN_CODES_WINDOW_S * 1000,
};

/// Answers alike whether the address is known or not: the account is looked for only once the code comes back.
pub(crate) async fn start_sign_in(call: Call) -> Result<Reply, Problem> {
    let request: StartSignIn = call.body()?;
    rate::count(&call, "sign_in_start", SIGN_IN_STARTS_PER_CLIENT_MAX).await?;
    let key = call.settings().signing_key()?;
    let id = ChallengeId::new(Entropy.uuid());
    let client = rate::network_of(&call).map(|network| key.client_hash(&network)).unwrap_or_default();
    let code = NewCode {
        id: &id,
        email: &request.email,
        client: &client,
        key_id: key.id(),
        now: call.now_ms(),
        expires_at: call.now_ms().saturating_add(SIGN_IN_CODE_LIFETIME_S.saturating_mul(1000)),
    };
    let db = db().await?;
    match account::send_code(&db, &code, RATE).await? {
        CodeSent::Sent => {
            let started = SignInStarted { challenge: id.to_string(), expires_at: Timestamp(code.expires_at) };
            Ok(Reply::accepted(&started))
        }
        CodeSent::TooMany => Err(too_many(&db, &code).await?),
    }
}

/// Says when the oldest code leaves the window and makes room; codes already mailed go on working meanwhile.
async fn too_many(db: &Database, code: &NewCode<'_>) -> Result<Problem, Problem> {
    let oldest = account::oldest_code(db, code.email, code.client, code.now.saturating_sub(RATE.window_ms)).await?;
    let room_at = oldest.unwrap_or(code.now).saturating_add(RATE.window_ms);
    let wait_s = room_at.saturating_sub(code.now) / 1000 + 1;
    Ok(Refusal::TooManyRequests { retry_after_s: u64::try_from(wait_s).unwrap_or(1) }.into())
}
