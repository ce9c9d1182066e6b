//! A rate limit per client address, from hints: it slows one busy client down, and fails open. What must be exact, such
//! as the tries of one sign-in code, is a row in the database.

use std::net::{IpAddr, Ipv6Addr};

use latchkey_api::limits::CLIENT_WINDOW_S;
use latchkey_api::{Call, Problem, Timestamp};
use latchkey_domain::Refusal;
use latchkey_domain::secret::token_hash;
use serde::{Deserialize, Serialize};

use crate::kv;

/// Keys that one kind of request may occupy. The key-value store forgets nothing by itself, so clients share keys: a
/// newcomer takes over the key of the client it collides with.
const KEY_DIGITS: usize = 4;

/// What is remembered of a client: its hash, the start of its window, and its requests in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Hint {
    client: String,
    since_ms: i64,
    count: u32,
}

/// Counts one request of `kind` (a short name of its own) from the caller's address.
///
/// # Errors
/// 429 with `Retry-After` beyond `max` requests in a window of [`CLIENT_WINDOW_S`].
pub async fn count(call: &Call, kind: &str, max: u32) -> Result<(), Problem> {
    let Some(network) = network_of(call) else { return Ok(()) };
    let client = token_hash(&network);
    let key = format!("rate:{kind}:{}", client.get(..KEY_DIGITS).unwrap_or_default());
    let hint = next(kv::get(&key).await, client, call.now());
    let used = hint.count;
    if used > max {
        // Not counted any further: a client that keeps trying is let in again when the window ends.
        let since_s = u64::try_from((call.now_ms() - hint.since_ms) / 1000).unwrap_or(0);
        let retry_after_s = CLIENT_WINDOW_S.saturating_sub(since_s).max(1);
        return Err(Refusal::TooManyRequests { retry_after_s }.into());
    }
    kv::set(&key, &hint).await;
    Ok(())
}

/// The network that a request comes from, as far as it can be believed: what a limit per client counts.
pub fn network_of(call: &Call) -> Option<String> {
    call.client_addr().map(network)
}

/// The hint after one more request.
fn next(hint: Option<Hint>, client: String, now: Timestamp) -> Hint {
    let window_ms = i64::try_from(CLIENT_WINDOW_S).unwrap_or(0).saturating_mul(1000);
    match hint {
        // A clock that went backwards starts a window anew, as a window's end does.
        Some(hint) if hint.client == client && (0..window_ms).contains(&now.0.saturating_sub(hint.since_ms)) => {
            Hint { count: hint.count.saturating_add(1), ..hint }
        }
        _ => Hint { client, since_ms: now.0, count: 1 },
    }
}

/// Whoever has one IPv6 address has a whole /64 of them.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(count: u32) -> Hint {
        Hint { client: "a".to_owned(), since_ms: 1_000, count }
    }

    #[test]
    fn a_window_counts_and_ends() {
        let next = |hint, client: &str, now| next(hint, client.to_owned(), Timestamp(now));
        assert_eq!(next(None, "a", 1_000), hint(1));
        assert_eq!(next(Some(hint(1)), "a", 2_000), hint(2));
        assert_eq!(next(Some(hint(9)), "a", 1_000 + 600_000).count, 1);
        assert_eq!(next(Some(hint(9)), "a", 0).count, 1);
        assert_eq!(next(Some(hint(9)), "b", 2_000), Hint { client: "b".to_owned(), since_ms: 2_000, count: 1 });
    }

    #[test]
    fn a_network_is_counted_as_one_client() {
        let network = |text: &str| text.parse().map(network);
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("192.0.2.1"), Ok("192.0.2.1".to_owned()));
    }
}
