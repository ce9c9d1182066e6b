//! Events signed as their senders sign them, by an HMAC of the test's own: what it proves is not proven by what is tested.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::RequestBuilder;

/// What Stripe signs with, in every test.
pub const STRIPE_HOOK_SECRET: &str = "whsec_stripe0of0every0test0000";
/// What the other sender of billing events signs with, in every test: `whsec_` and Base64.
pub const BILLING_HOOK_SECRET: &str = "whsec_YmlsbGluZyBzZWNyZXQgb2YgZXZlcnkgdGVzdA==";
/// What the sender of events about users signs with, in every test.
pub const IDENTITY_HOOK_SECRET: &str = "whsec_aWRlbnRpdHkgc2VjcmV0IG9mIGV2ZXJ5IHRlc3Q=";
/// What is sold, in every test.
pub const BILLING_PLANS: &str = "price_team=team, prod_business=business:flat, price_other=starter";

/// The present moment, in seconds since 1970.
pub fn now_s() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    i64::try_from(since_1970.as_secs()).expect("seconds")
}

/// The header `Stripe-Signature`.
pub fn stripe_signature(secret: &str, at_s: i64, body: &str) -> String {
    let mac = hmac(secret.as_bytes(), format!("{at_s}.{body}").as_bytes());
    let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={at_s},v1={hex}")
}

/// The header `webhook-signature`.
pub fn standard_signature(secret: &str, id: &str, at_s: i64, body: &str) -> String {
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).expect("Base64");
    format!("v1,{}", STANDARD.encode(hmac(&key, format!("{id}.{at_s}.{body}").as_bytes())))
}

impl RequestBuilder {
    /// An event as Stripe sends it, signed now.
    #[must_use]
    pub fn of_stripe(self, event: &Value) -> Self {
        let signature = stripe_signature(STRIPE_HOOK_SECRET, now_s(), &event.to_string());
        self.header("stripe-signature", &signature).json(event)
    }

    /// A message of the other sender's.
    #[must_use]
    pub fn of_billing(self, id: &str, message: &Value) -> Self {
        self.of_standard(BILLING_HOOK_SECRET, id, message)
    }

    /// A message of the identity provider's.
    #[must_use]
    pub fn of_identity(self, id: &str, message: &Value) -> Self {
        self.of_standard(IDENTITY_HOOK_SECRET, id, message)
    }

    /// A message as Standard Webhooks describe it, signed now.
    #[must_use]
    pub fn of_standard(self, secret: &str, id: &str, message: &Value) -> Self {
        let at_s = now_s();
        let signature = standard_signature(secret, id, at_s, &message.to_string());
        let named = self.header("webhook-id", id).header("webhook-timestamp", &at_s.to_string());
        named.header("webhook-signature", &signature).json(message)
    }
}

/// RFC 2104.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    assert!(key.len() <= 64, "a longer key is hashed first");
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}
