//! What an issuer says of itself, and its keys. Both are kept as hints in the key-value store: whoever empties it causes two
//! more requests.

use std::time::Duration;

use latchkey_domain::secret::token_hash;
use latchkey_edge::fetch::Get;
use latchkey_edge::limits::{
    PROVIDER_ANSWER_BYTES_MAX, PROVIDER_ASKED_AGAIN_S, PROVIDER_FRESH_S, PROVIDER_STALE_S, PROVIDER_TIMEOUT_S,
};
use latchkey_edge::{Call, Problem, kv};
use latchkey_identity::{Claims, KeySet, Metadata, Token, TokenFault, Use, discovery_url};
use serde_json::{Value, json};

/// A document as it was fetched.
struct Kept {
    /// When it was, in milliseconds since 1970.
    fetched_at: i64,
    /// When it was last asked for, with or without success.
    asked_at: i64,
    text: String,
}

/// What the issuer says of itself.
///
/// # Errors
/// 503 when it does not say it, or not rightly.
pub(crate) async fn metadata(call: &Call, issuer: &str, wanted: Use) -> Result<Metadata, Problem> {
    let read = |text: &str| {
        let read = Metadata::read(text.as_bytes(), issuer, call.settings().identity_transport(), wanted);
        read.map_err(|fault| format!("the metadata of {issuer} {fault}"))
    };
    document(call, &discovery_url(issuer), read).await
}

/// What the token claims, if one of the keys at that address has signed it. The keys are asked for again when the token names one
/// that is not among them, but not more often than once a minute: anybody can make up names.
///
/// # Errors
/// 503 when there are no keys to check it with. What is wrong with the token comes as a value.
pub(crate) async fn verify(call: &Call, token: &Token<'_>, url: &str) -> Result<Result<Claims, TokenFault>, Problem> {
    let keys = document(call, url, |text| read_keys(text, url)).await?;
    let verified = token.verify(&keys);
    if verified.as_ref().err() != Some(&TokenFault::UnknownKey) {
        return Ok(verified);
    }
    let kept = look_up(url).await;
    let may_ask = kept.is_none_or(|kept| call.now_ms().saturating_sub(kept.asked_at) >= PROVIDER_ASKED_AGAIN_S * 1000);
    if !may_ask {
        return Ok(verified);
    }
    match ask(call, url, |text| read_keys(text, url)).await {
        Ok(newer) => Ok(token.verify(&newer)),
        // The keys that are known say enough about this token.
        Err(fault) => {
            eprintln!("signin {} {fault}", call.request_id());
            Ok(verified)
        }
    }
}

fn read_keys(text: &str, url: &str) -> Result<KeySet, String> {
    KeySet::read(text.as_bytes()).map_err(|fault| format!("{url} {fault}"))
}

/// A document: as it is kept while it is fresh, or as it is now; or as it is kept, for some time, while nobody answers.
async fn document<T>(call: &Call, url: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Problem> {
    let kept = look_up(url).await;
    let age_ms = kept.as_ref().map(|kept| call.now_ms().saturating_sub(kept.fetched_at));
    let usable = kept.as_ref().and_then(|kept| read(&kept.text).ok());
    let is_younger = |seconds: i64| age_ms.is_some_and(|age| (0..seconds.saturating_mul(1000)).contains(&age));
    let was_just_asked = kept.as_ref().is_some_and(|kept| {
        (0..PROVIDER_ASKED_AGAIN_S.saturating_mul(1000)).contains(&call.now_ms().saturating_sub(kept.asked_at))
    });
    match usable {
        Some(usable) if is_younger(PROVIDER_FRESH_S) => return Ok(usable),
        Some(usable) if is_younger(PROVIDER_STALE_S) && was_just_asked => return Ok(usable),
        Some(usable) if is_younger(PROVIDER_STALE_S) => {
            return Ok(ask(call, url, read).await.unwrap_or_else(|fault| {
                eprintln!("signin {} {fault}", call.request_id());
                usable
            }));
        }
        _ => {}
    }
    ask(call, url, read).await.map_err(Problem::provider_unavailable)
}

/// Fetches a document and keeps it. What cannot be read is not kept, but that it was asked for is.
async fn ask<T>(call: &Call, url: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<T, String> {
    let before = look_up(url).await;
    if let Some(before) = &before {
        keep(url, before.fetched_at, call.now_ms(), &before.text).await;
    }
    let get = Get {
        url: url.to_owned(),
        headers: vec![("accept", "application/json".to_owned())],
        timeout: Duration::from_secs(PROVIDER_TIMEOUT_S),
        answer_bytes_max: PROVIDER_ANSWER_BYTES_MAX,
    };
    let answer = get.send().await.map_err(|unanswered| format!("{url}: {}", unanswered.0))?;
    if answer.status != 200 {
        return Err(format!("{url}: answered {}", answer.status));
    }
    let text = String::from_utf8(answer.body).map_err(|_| format!("{url}: no UTF-8"))?;
    let document = read(&text)?;
    keep(url, call.now_ms(), call.now_ms(), &text).await;
    Ok(document)
}

async fn look_up(url: &str) -> Option<Kept> {
    let hint: Value = kv::get(&key(url)).await?;
    Some(Kept {
        fetched_at: hint.get("fetched_at")?.as_i64()?,
        asked_at: hint.get("asked_at")?.as_i64()?,
        text: hint.get("text")?.as_str()?.to_owned(),
    })
}

async fn keep(url: &str, fetched_at: i64, asked_at: i64, text: &str) {
    kv::set(&key(url), &json!({"fetched_at": fetched_at, "asked_at": asked_at, "text": text})).await;
}

/// Addresses come from the configuration and from issuers in it, so these are few.
fn key(url: &str) -> String {
    format!("issuer:{}", token_hash(url))
}
