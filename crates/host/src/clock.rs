//! The wall clock that components read. A test may set it ahead, because what expires in a week cannot be waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wasmtime_wasi::HostWallClock;

/// The machine's own time, and how far ahead of it the application lives. Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct WallClock {
    ahead_ms: Arc<AtomicU64>,
}

impl WallClock {
    /// Sets the clock further ahead. What a component measures by the monotonic clock does not change.
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead_ms.fetch_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }
}

impl HostWallClock for WallClock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        // A machine whose clock stands before 1970 reads as 1970, as it would to the components.
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        since_1970.saturating_add(Duration::from_millis(self.ahead_ms.load(Ordering::SeqCst)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advanced_clock_is_ahead_in_all_its_clones() {
        let (clock, day) = (WallClock::default(), Duration::from_secs(24 * 3600));
        let (clone, before) = (clock.clone(), clock.now());
        clock.advance(day);
        clock.advance(day);
        let ahead = clone.now().saturating_sub(before);
        assert!(ahead >= 2 * day && ahead < 2 * day + Duration::from_secs(60), "{ahead:?}");
    }
}
