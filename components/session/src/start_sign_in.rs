//! `POST /v1/auth/email`: mails a code.

use latchkey_domain::ChallengeId;
use latchkey_domain::Refusal;
use latchkey_domain::fresh::Fresh;
use latchkey_edge::limits::{
    SIGN_IN_CODE_LIFETIME_S, SIGN_IN_CODES_PER_ADDRESS_MAX, SIGN_IN_CODES_WINDOW_S, SIGN_IN_STARTS_PER_CLIENT_MAX,
};
use latchkey_edge::model::{SignInStarted, StartSignIn};
use latchkey_edge::{Call, Entropy, Problem, Reply, Timestamp, db, rate};
use latchkey_store::account::{self, CodeRate, CodeSent, NewCode};

/// Answers alike whether the address is known or not: the account is looked for only once the code comes back.
pub(crate) async fn start_sign_in(call: Call) -> Result<Reply, Problem> {
    let request: StartSignIn = call.body()?;
    rate::count(&call, "sign_in_start", SIGN_IN_STARTS_PER_CLIENT_MAX).await?;
    let key = call.settings().secret_keys()?.signing().ok_or_else(|| Problem::misconfigured("secret_keys: none signs"))?;
    let id = ChallengeId::new(Entropy.uuid());
    let now = call.now_ms();
    let code = NewCode {
        id: &id,
        email: &request.email,
        key_id: key.id(),
        now,
        expires_at: now.saturating_add(SIGN_IN_CODE_LIFETIME_S.saturating_mul(1000)),
    };
    let window_ms = SIGN_IN_CODES_WINDOW_S.saturating_mul(1000);
    let rate = CodeRate { codes_max: SIGN_IN_CODES_PER_ADDRESS_MAX, window_ms };
    match account::send_code(&db().await?, &code, rate).await? {
        CodeSent::Sent => {
            let started = SignInStarted { challenge: id.to_string(), expires_at: Timestamp(code.expires_at) };
            Ok(Reply::accepted(&started))
        }
        CodeSent::TooMany => {
            // The oldest code leaves the window some time within it; codes already mailed go on working meanwhile.
            let retry_after_s = u64::try_from(SIGN_IN_CODES_WINDOW_S).unwrap_or_default() / u64::from(SIGN_IN_CODES_PER_ADDRESS_MAX);
            Err(Refusal::TooManyRequests { retry_after_s }.into())
        }
    }
}
