//! Randomness from the runtime.

use latchkey_api::Timestamp;
use latchkey_domain::fresh::Fresh;
use uuid::{Builder, Uuid};

use crate::clock;

/// Fresh identifiers and salts for decisions.
#[derive(Debug, Default)]
pub struct Entropy;

impl Fresh for Entropy {
    fn uuid(&mut self) -> Uuid {
        uuid_v7(clock::now())
    }

    fn salt(&mut self) -> [u8; 16] {
        bytes()
    }
}

/// Random bytes that nobody can guess: 32 of them make a token.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if getrandom::fill(&mut bytes).is_err() {
        // The component model's randomness has no way to fail. Were it to, a predictable secret would be worse than the
        // loss of this instance.
        std::process::abort();
    }
    bytes
}

/// A UUID of version 7, made at `now`.
pub fn uuid_v7(now: Timestamp) -> Uuid {
    Builder::from_unix_timestamp_millis(u64::try_from(now.0).unwrap_or(0), &bytes()).into_uuid()
}

/// A request's name in answers and logs.
pub(crate) fn request_id(now: Timestamp) -> String {
    format!("req_{}", uuid_v7(now).simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_of_version_7_and_sort_by_time() {
        let (earlier, later) = (uuid_v7(Timestamp(1_000)), uuid_v7(Timestamp(2_000)));
        assert_eq!(earlier.get_version_num(), 7);
        assert!(earlier < later);
        assert_ne!(bytes::<32>(), bytes::<32>());
        assert_eq!(request_id(Timestamp(0)).len(), 36);
    }
}
