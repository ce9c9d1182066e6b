//! API keys as answers show them.

use latchkey_domain::ApiKeyId;
use latchkey_domain::decide::api_key::Settled;
use latchkey_domain::event::{ApiKeyCreated, Change, KeyRate};
use latchkey_domain::facts::{KeyFacts, MemberFacts, RateUse};
use latchkey_domain::key::{self, KeyPower};
use latchkey_domain::policy::Policy;
use latchkey_store::key::{Verified, VerifiedKey};

use super::address;
use crate::Timestamp;
use crate::model::{
    ApiKey, ApiKeyStatus, KeyFault, KeyHolder, KeyRateLeft, KeyRateLimit, KeyVerification, LeaversKey, MembershipEnded,
    OrgRef,
};

/// A key as it stands at `now`.
pub fn api_key(key: &KeyFacts, policy: &Policy, now: i64) -> ApiKey {
    // The column's CHECK knows no other word.
    let status = match ApiKeyStatus::parse(&key.status) {
        Some(ApiKeyStatus::Active) if key.is_over(now) => ApiKeyStatus::Expired,
        status => status.unwrap_or(ApiKeyStatus::Revoked),
    };
    let is_active = status == ApiKeyStatus::Active;
    ApiKey {
        id: key.id.to_string(),
        name: key.name.clone(),
        label: key.label.clone(),
        status,
        holder: KeyHolder {
            member: key.member.to_string(),
            role: key.role.clone(),
            email: address(&key.holder_email),
            display_name: key.holder_name.clone(),
        },
        ownerless: key.kept.is_some(),
        scopes: key.scopes.clone(),
        permissions: if is_active { key::may(policy, &key.role, &key.power()) } else { Default::default() },
        project: key.project.as_ref().map(ToString::to_string),
        rate_limit: key.rate.as_ref().map(rate),
        created_by: key.created_by.to_string(),
        created_at: Timestamp(key.created_at),
        expires_at: key.expires_at.map(Timestamp),
        ended_at: key.ended_at.map(Timestamp),
        last_used_at: key.last_used_at.map(Timestamp),
        key: None,
    }
}

/// A key that is being made, effective at `at`; its text is put in when it is shown.
pub fn new_api_key(id: &ApiKeyId, created: &ApiKeyCreated, holder: &MemberFacts, policy: &Policy, at: i64) -> ApiKey {
    let power = KeyPower { scopes: created.scopes.clone(), kept: None };
    ApiKey {
        id: id.to_string(),
        name: created.name.clone(),
        label: created.secret.label.clone(),
        status: ApiKeyStatus::Active,
        holder: KeyHolder {
            member: holder.id.to_string(),
            role: holder.role.clone(),
            email: address(&holder.email),
            display_name: holder.display_name.clone(),
        },
        ownerless: false,
        scopes: created.scopes.clone(),
        permissions: key::may(policy, &holder.role, &power),
        project: created.project.as_ref().map(ToString::to_string),
        rate_limit: created.rate.as_ref().map(rate),
        created_by: created.created_by.to_string(),
        created_at: Timestamp(at),
        expires_at: created.expires_at.map(Timestamp),
        ended_at: None,
        last_used_at: None,
        key: None,
    }
}

/// A membership that ends, with what becomes of its keys.
pub fn membership_ended(member: &MemberFacts, keys: &[Settled<'_>]) -> MembershipEnded {
    let key = |it: &Settled<'_>| LeaversKey {
        id: it.key.id.to_string(),
        name: it.key.name.clone(),
        label: it.key.label.clone(),
        fate: it.fate.name().to_owned(),
        adopter: match &it.change {
            Change::ApiKeyAdopted(_, adopted) => Some(adopted.member.to_string()),
            _ => None,
        },
    };
    MembershipEnded { member: member.id.to_string(), keys: keys.iter().map(key).collect() }
}

/// What a presented key is good for, as the store says it stands at `now`.
pub fn verification(
    verified: &Verified,
    policy: Option<&Policy>,
    permission: Option<&str>,
    now: i64,
) -> KeyVerification {
    let reason = match verified.verdict.as_str() {
        "valid" => None,
        verdict => Some(KeyFault::parse(verdict).unwrap_or(KeyFault::Unknown)),
    };
    let (Some(key), Some(policy)) = (&verified.key, policy) else {
        return KeyVerification { permitted: permission.map(|_| false), ..unknown() };
    };
    let holds_keys = |role: &str| policy.role(role).is_some_and(|role| role.holds_keys);
    let role = key.power.role(&key.role);
    let reason = reason.or_else(|| (!holds_keys(role)).then_some(KeyFault::HolderMayNotHoldKeys));
    let valid = reason.is_none();
    let permissions = if valid { key::may(policy, &key.role, &key.power) } else { Default::default() };
    KeyVerification {
        valid,
        reason,
        permitted: permission.map(|permission| {
            permissions.contains(permission) && key.restricted.get(permission).is_none_or(|listed| *listed)
        }),
        restricted: key.restricted.keys().filter(|permission| permissions.contains(*permission)).cloned().collect(),
        id: Some(key.id.to_string()),
        name: Some(key.name.clone()),
        label: Some(key.label.clone()),
        organization: Some(OrgRef { id: key.org.to_string(), name: key.org_name.clone() }),
        member: Some(key.member.to_string()),
        user: Some(key.user.clone()),
        role: Some(role.to_owned()),
        ownerless: key.power.kept.is_some(),
        permissions,
        scopes: key.power.scopes.clone(),
        project: key.project.as_ref().map(ToString::to_string),
        expires_at: ends_at(key),
        rate_limit: key.rate.as_ref().map(|rate| rate_left(rate, valid, now)),
    }
}

/// What is said of a key that is not known.
fn unknown() -> KeyVerification {
    KeyVerification {
        valid: false,
        reason: Some(KeyFault::Unknown),
        permitted: None,
        id: None,
        name: None,
        label: None,
        organization: None,
        member: None,
        user: None,
        role: None,
        ownerless: false,
        permissions: Default::default(),
        restricted: Default::default(),
        scopes: None,
        project: None,
        expires_at: None,
        rate_limit: None,
    }
}

/// The key's own end, or that of the text presented, whichever comes first.
fn ends_at(key: &VerifiedKey) -> Option<Timestamp> {
    key.expires_at.into_iter().chain(key.valid_until).min().map(Timestamp)
}

/// What is left after this use, which opens a window where none is open.
fn rate_left(left: &RateUse, counts: bool, now: i64) -> KeyRateLeft {
    let open_until = left.ends_at().filter(|until| now < *until);
    let window_ms = i64::try_from(left.rate.window_s.saturating_mul(1000)).unwrap_or(i64::MAX);
    let used = if open_until.is_some() { left.used } else { 0 } + u64::from(counts);
    KeyRateLeft {
        requests: left.rate.max,
        window_s: left.rate.window_s,
        remaining: left.rate.max.saturating_sub(used),
        reset_at: open_until.or(counts.then(|| now.saturating_add(window_ms))).map(Timestamp),
    }
}

fn rate(rate: &KeyRate) -> KeyRateLimit {
    KeyRateLimit { requests: rate.max, window_s: rate.window_s }
}
