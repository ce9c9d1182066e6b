//! What comes in signed: whether whoever sent it has our secret, and sent it now. Nothing here knows what it says.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::signature::SigningSecret;

/// How far a signature's time may be from ours, both ways. What is older could be a recording.
pub const SIGNATURE_AGE_S_MAX: i64 = 300;

/// Longest id of a message.
pub const MESSAGE_ID_CHARS_MAX: usize = 200;

/// Why nothing is known about a message's origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproven {
    /// Nobody has given the service a secret for such messages.
    NoSecret,
    /// A header that is missing or malformed.
    Header(&'static str),
    /// No signature is of a secret that is known here.
    Signature,
    /// The signature is right, and its time is not now.
    Stale { age_s: i64 },
}

/// A secret as Stripe shows it. Unlike that of Standard Webhooks, which has the same prefix, its text itself is the key.
#[derive(Clone, PartialEq, Eq)]
pub struct StripeSecret(String);

impl std::fmt::Debug for StripeSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StripeSecret(..)")
    }
}

impl StripeSecret {
    /// `None` for what could not be one.
    pub fn parse(text: &str) -> Option<Self> {
        const CHARS: std::ops::RangeInclusive<usize> = 16..=200;
        let random = text.strip_prefix("whsec_")?;
        let is_secret = CHARS.contains(&random.len()) && random.bytes().all(|byte| byte.is_ascii_graphic());
        is_secret.then(|| Self(text.to_owned()))
    }

    /// Whether one of these signatures is of this secret. The body is gone over once, however many claim to be of it.
    fn made_one(&self, signatures: &[[u8; 32]], at: &str, body: &[u8]) -> bool {
        // A key of any length is a key.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else { return false };
        mac.update(at.as_bytes());
        mac.update(b".");
        mac.update(body);
        // Compared by the library, in a time that does not depend on what is right about it.
        signatures.iter().any(|one| mac.clone().verify_slice(one).is_ok())
    }
}

/// The headers of Standard Webhooks.
#[derive(Debug, Clone, Copy)]
pub struct StandardHeaders<'a> {
    pub id: Option<&'a str>,
    pub timestamp: Option<&'a str>,
    pub signature: Option<&'a str>,
}

/// The id of a message whose origin is proven, by Standard Webhooks 1.0.0: one of the signatures is of one of the secrets, and made
/// now.
///
/// # Errors
/// Why nothing is proven.
pub fn prove_standard<'a>(
    secrets: &[SigningSecret],
    headers: StandardHeaders<'a>,
    body: &[u8],
    now_s: i64,
) -> Result<&'a str, Unproven> {
    if secrets.is_empty() {
        return Err(Unproven::NoSecret);
    }
    let id = headers.id.filter(|id| is_message_id(id)).ok_or(Unproven::Header("webhook-id"))?;
    let at_s = headers.timestamp.and_then(seconds).ok_or(Unproven::Header("webhook-timestamp"))?;
    let signatures = headers.signature.ok_or(Unproven::Header("webhook-signature"))?;
    if !secrets.iter().any(|secret| secret.verifies(signatures, id, at_s, body)) {
        return Err(Unproven::Signature);
    }
    of_now(at_s, now_s)?;
    Ok(id)
}

/// Proves the origin of a message of Stripe's by its header `Stripe-Signature`: `t=`, and one `v1=` for each of its secrets.
///
/// # Errors
/// Why nothing is proven.
pub fn prove_stripe(secrets: &[StripeSecret], header: &str, body: &[u8], now_s: i64) -> Result<(), Unproven> {
    const HEADER: Unproven = Unproven::Header("stripe-signature");
    if secrets.is_empty() {
        return Err(Unproven::NoSecret);
    }
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let mut times = parts().filter(|(name, _)| *name == "t").map(|(_, value)| value);
    // The time is signed as it is written, and there is one of it.
    let (at, None) = (times.next().ok_or(HEADER)?, times.next()) else { return Err(HEADER) };
    let at_s = seconds(at).ok_or(HEADER)?;
    let signatures: Vec<[u8; 32]> =
        parts().filter(|(name, _)| *name == "v1").filter_map(|(_, value)| unhex(value)).collect();
    if !secrets.iter().any(|secret| secret.made_one(&signatures, at, body)) {
        return Err(Unproven::Signature);
    }
    of_now(at_s, now_s)
}

/// Whether this can be the id of a message.
pub fn is_message_id(text: &str) -> bool {
    (1..=MESSAGE_ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn of_now(at_s: i64, now_s: i64) -> Result<(), Unproven> {
    let age_s = now_s.saturating_sub(at_s);
    if (-SIGNATURE_AGE_S_MAX..=SIGNATURE_AGE_S_MAX).contains(&age_s) { Ok(()) } else { Err(Unproven::Stale { age_s }) }
}

/// Seconds since 1970, in plain digits.
fn seconds(text: &str) -> Option<i64> {
    const DIGITS_MAX: usize = 15;
    let is_number = (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_763_800_000;
    /// Made by Stripe's own library for Node.
    const STRIPE_SECRET: &str = "whsec_5f3a0c8d9b1e47f2a6d4c3b2a1908f7e";
    const STRIPE_BODY: &[u8] =
        br#"{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","object":"event","type":"customer.subscription.updated"}"#;
    const STRIPE_SIGNATURE: &str = "67fb86de0cb05827591c603999f6f8950376f831b27c262aa09ad7f96a4825d9";
    /// Made by the standard's own library for Node.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
    const BODY: &[u8] = br#"{"type":"subscription.changed"}"#;
    const SIGNATURE: &str = "v1,DAm0BqAJ85X9dI5K2DB75JLoeedHbZf7k8Ok5qpF+LM=";

    fn stripe(header: &str, body: &[u8], now_s: i64) -> Result<(), Unproven> {
        let secret = |text| StripeSecret::parse(text).unwrap_or_else(|| unreachable!());
        prove_stripe(&[secret("whsec_another_one_of_some_length"), secret(STRIPE_SECRET)], header, body, now_s)
    }

    fn standard(headers: StandardHeaders<'_>, body: &[u8], now_s: i64) -> Result<String, Unproven> {
        let secrets = [SigningSecret::new([7; 32]), SigningSecret::parse(SECRET).unwrap_or_else(|| unreachable!())];
        prove_standard(&secrets, headers, body, now_s).map(str::to_owned)
    }

    fn headers<'a>(id: &'a str, timestamp: &'a str, signature: &'a str) -> StandardHeaders<'a> {
        StandardHeaders { id: Some(id), timestamp: Some(timestamp), signature: Some(signature) }
    }

    #[test]
    fn what_stripes_own_library_signs_is_proven() {
        let header = format!("t={NOW},v1={STRIPE_SIGNATURE}");
        assert_eq!(stripe(&header, STRIPE_BODY, NOW), Ok(()));
        let rotating = format!("t={NOW},v1={},v1={STRIPE_SIGNATURE},v0=6ffbb59b", "0".repeat(64));
        assert_eq!(stripe(&rotating, STRIPE_BODY, NOW + 300), Ok(()));
    }

    #[test]
    fn a_stripe_signature_is_of_one_time_and_one_body() {
        let of = |at: i64| format!("t={at},v1={STRIPE_SIGNATURE}");
        assert_eq!(stripe(&of(NOW), b"{}", NOW), Err(Unproven::Signature));
        assert_eq!(stripe(&of(NOW + 1), STRIPE_BODY, NOW), Err(Unproven::Signature));
        assert_eq!(prove_stripe(&[], &of(NOW), STRIPE_BODY, NOW), Err(Unproven::NoSecret));
    }

    #[test]
    fn a_recorded_signature_is_stale_after_five_minutes_and_one_of_the_future_as_well() {
        let header = format!("t={NOW},v1={STRIPE_SIGNATURE}");
        assert_eq!(stripe(&header, STRIPE_BODY, NOW + 301), Err(Unproven::Stale { age_s: 301 }));
        assert_eq!(stripe(&header, STRIPE_BODY, NOW - 301), Err(Unproven::Stale { age_s: -301 }));
        let at = NOW.to_string();
        assert_eq!(standard(headers(ID, &at, SIGNATURE), BODY, NOW + 301), Err(Unproven::Stale { age_s: 301 }));
        assert_eq!(standard(headers(ID, &at, SIGNATURE), BODY, NOW - 301), Err(Unproven::Stale { age_s: -301 }));
    }

    #[test]
    fn only_the_first_version_of_a_stripe_signature_counts() {
        let v0 = format!("t={NOW},v0={STRIPE_SIGNATURE}");
        assert_eq!(stripe(&v0, STRIPE_BODY, NOW), Err(Unproven::Signature));
    }

    #[test]
    fn a_malformed_stripe_header_proves_nothing() {
        let good = format!("v1={STRIPE_SIGNATURE}");
        let none = [
            String::new(),
            good.clone(),
            format!("t=,{good}"),
            format!("t=+{NOW},{good}"),
            format!("t=-1,{good}"),
            format!("t={},{good}", "9".repeat(40)),
            // Two times: one to be looked at, another to be signed.
            format!("t={NOW},t={},{good}", NOW + 9000),
        ];
        for header in none {
            assert_eq!(stripe(&header, STRIPE_BODY, NOW), Err(Unproven::Header("stripe-signature")), "{header}");
        }
        for header in [format!("t={NOW}"), format!("t={NOW},v1="), format!("t={NOW},v1=zz"), format!("t={NOW},v1=ä")] {
            assert_eq!(stripe(&header, STRIPE_BODY, NOW), Err(Unproven::Signature), "{header}");
        }
    }

    #[test]
    fn what_the_standards_own_library_signs_is_proven() {
        let at = NOW.to_string();
        assert_eq!(standard(headers(ID, &at, SIGNATURE), BODY, NOW), Ok(ID.to_owned()));
        let rotating = format!("v1,AAAA v1a,{SIGNATURE} {SIGNATURE}");
        assert_eq!(standard(headers(ID, &at, &rotating), BODY, NOW), Ok(ID.to_owned()));
    }

    #[test]
    fn a_standard_signature_is_of_one_id_one_time_and_one_body() {
        let at = NOW.to_string();
        assert_eq!(standard(headers("msg_2", &at, SIGNATURE), BODY, NOW), Err(Unproven::Signature));
        let later = (NOW + 1).to_string();
        assert_eq!(standard(headers(ID, &later, SIGNATURE), BODY, NOW), Err(Unproven::Signature));
        assert_eq!(standard(headers(ID, &at, SIGNATURE), b"{}", NOW), Err(Unproven::Signature));
        assert_eq!(standard(headers("", &at, SIGNATURE), BODY, NOW), Err(Unproven::Header("webhook-id")));
        assert_eq!(standard(headers(ID, "now", SIGNATURE), BODY, NOW), Err(Unproven::Header("webhook-timestamp")));
        let none = StandardHeaders { id: Some(ID), timestamp: Some(&at), signature: None };
        assert_eq!(standard(none, BODY, NOW), Err(Unproven::Header("webhook-signature")));
        assert_eq!(prove_standard(&[], headers(ID, &at, SIGNATURE), BODY, NOW), Err(Unproven::NoSecret));
    }
}
