//! `POST /v1/api-keys/verify`: whether a key is valid, whose it is and what it may do. One statement answers and records.

use latchkey_domain::secret::token_hash;
use latchkey_domain::{ActivityId, Refusal, key, policy};
use latchkey_edge::db::activity_db;
use latchkey_edge::model::VerifyApiKey;
use latchkey_edge::random::uuid_v7;
use latchkey_edge::{Call, Problem, Reply, represent};
use latchkey_store::key::{Presented, Verified, VerifiedKey, verify};
use serde_json::{Map, Value};

/// What an API key needs to ask about others.
const RIGHT: &str = "api_key.manage";

pub(crate) async fn verify_api_key(call: Call) -> Result<Reply, Problem> {
    let request: VerifyApiKey = call.body()?;
    let permission = request.permission.as_ref().map(|permission| permission.0.as_str());
    let resource = request.resource.as_ref().map(|resource| resource.0.as_str());
    let text = request.key.as_str();
    let verified = if key::is_well_formed(text) || call.is_key() {
        let ip = request.ip.map(|ip| ip.0.to_string());
        let presented = Presented {
            token_hash: &token_hash(text),
            asker: call.credential().map(|credential| credential.token_hash.as_str()),
            right: RIGHT,
            id: &ActivityId::new(uuid_v7(call.now())),
            ip: ip.as_deref(),
            user_agent: request.user_agent.as_ref().map(|agent| agent.0.as_str()),
            data: &asked(permission, resource),
            resource,
            now: call.now_ms(),
        };
        verify(&activity_db().await?, &presented).await?
    } else {
        // The checksum tells; the store need not be asked.
        Verified::unknown()
    };
    match verified.verdict.as_str() {
        "unauthenticated" => return Err(Problem::unauthenticated()),
        "of_a_project" => return Err(Refusal::KeyOfAProject.into()),
        "too_many" => {
            let wait_ms = verified.asker_until.map_or(0, |until| until.saturating_sub(call.now_ms()));
            let retry_after_s = u64::try_from(wait_ms.saturating_add(999) / 1000).unwrap_or(1).max(1);
            return Err(Refusal::TooManyRequests { retry_after_s }.into());
        }
        "forbidden" => return Err(Refusal::ScopeLacks { permission: RIGHT }.into()),
        _ => {}
    }
    let rules = |key: &VerifiedKey| policy::load(&key.policy_hash, key.policy_document.as_deref());
    let policy = verified.key.as_ref().map(rules).transpose()?;
    Ok(Reply::ok(&represent::verification(&verified, policy.as_deref(), permission, call.now_ms())))
}

/// What was asked for, as it is recorded with the use.
fn asked(permission: Option<&str>, resource: Option<&str>) -> Value {
    let given = [("permission", permission), ("resource", resource)];
    let given = given.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))));
    Value::Object(given.collect::<Map<_, _>>())
}
