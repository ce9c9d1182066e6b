//! Bearer tokens of an external issuer. One component checks signatures, `signin`; the others ask it the first time that a token
//! comes, within the application. From then on the token stands for a session that is found by its hash, as every other is: what ends
//! the session ends the token, on the very next request.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use latchkey_api::limits::PROVIDER_TIMEOUT_S;
use latchkey_api::{Call, Code, Problem, Timestamp};
use serde_json::{Value, json};

use crate::fetch::{Answer, Post};

/// Where the component is that checks tokens: a name that exists within the application only.
const CONFIRM_URL: &str = "http://signin.spin.internal/v1/auth/external";
/// Tokens that an instance remembers having seen confirmed.
const CONFIRMED_MAX: usize = 1000;
/// How much is read of an answer.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// How long the answer may take: as long as its issuer may for its metadata and for its keys, and a little more.
const TIMEOUT: Duration = Duration::from_secs(2 * PROVIDER_TIMEOUT_S + 2);

thread_local! {
    // An instance has one thread. No borrow lives across an await. By the token's hash: until when it is good.
    static CONFIRMED: RefCell<HashMap<String, i64>> = RefCell::default();
}

/// Has the token of an external issuer checked, if the call came with one that this instance has not seen checked before.
///
/// # Errors
/// What is wrong with it, or that nobody can tell now.
pub(crate) async fn confirm(call: &Call) -> Result<(), Problem> {
    let (Some(token), Some(credential)) = (call.external_token(), call.credential()) else { return Ok(()) };
    let until = CONFIRMED.with_borrow(|confirmed| confirmed.get(&credential.token_hash).copied());
    if until.is_some_and(|until| until > call.now_ms()) {
        return Ok(());
    }
    let post = Post {
        url: CONFIRM_URL.to_owned(),
        headers: vec![("content-type", "application/json".to_owned())],
        body: json!({ "token": token }).to_string().into_bytes(),
        timeout: TIMEOUT,
        answer_bytes_max: ANSWER_BYTES_MAX,
    };
    let answer = post.send().await.map_err(|unanswered| unavailable(&unanswered.0))?;
    let until = good_until(&answer)?;
    CONFIRMED.with_borrow_mut(|confirmed| {
        if confirmed.len() >= CONFIRMED_MAX {
            confirmed.clear();
        }
        confirmed.insert(credential.token_hash.clone(), until);
    });
    Ok(())
}

/// Until when a token is good, in milliseconds since 1970; or the refusal, as the client is to have it.
fn good_until(answer: &Answer) -> Result<i64, Problem> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if answer.status == 200 {
        let until = text("expires_at").and_then(Timestamp::parse);
        return until.map(|until| until.0).ok_or_else(|| unavailable("a token was confirmed without its end"));
    }
    match text("code").and_then(Code::named) {
        Some(code @ (Code::Unauthenticated | Code::EmailUnverified | Code::AccountDeleted)) => {
            Err(Problem::new(code, text("detail").unwrap_or_default()))
        }
        // The token is none that could be looked at.
        Some(Code::InvalidRequest) => Err(Problem::unauthenticated()),
        _ => Err(unavailable(&format!("{} {}", answer.status, text("code").unwrap_or_default()))),
    }
}

fn unavailable(reason: &str) -> Problem {
    Problem::provider_unavailable(format!("a token cannot be checked: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(status: u16, body: &Value) -> Result<i64, Code> {
        let answer = Answer { status, retry_after: None, body: body.to_string().into_bytes() };
        good_until(&answer).map_err(|problem| problem.code)
    }

    #[test]
    fn what_the_signing_in_component_refuses_is_refused_and_what_it_cannot_tell_waits() {
        assert_eq!(judge(200, &json!({"expires_at": "1970-01-01T00:00:01Z"})), Ok(1000));
        for (status, code) in [(401, Code::Unauthenticated), (403, Code::EmailUnverified), (403, Code::AccountDeleted)]
        {
            assert_eq!(judge(status, &json!({"code": code.name(), "detail": "x"})), Err(code));
        }
        assert_eq!(judge(422, &json!({"code": "invalid_request"})), Err(Code::Unauthenticated));
        for (status, body) in
            [(200, json!({})), (500, json!({"code": "internal"})), (404, json!("x")), (503, json!(null))]
        {
            assert_eq!(judge(status, &body), Err(Code::ProviderUnavailable), "{status} {body}");
        }
    }
}
