//! How long sessions last.

use crate::limits::{
    SESSION_ABSOLUTE_S_DEFAULT, SESSION_IDLE_S_DEFAULT, SESSION_LIFETIME_S_MAX, SESSION_LIFETIME_S_MIN,
};

/// How long sessions last, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionSettings {
    /// Without being used.
    pub idle_s: i64,
    /// However much they are used.
    pub absolute_s: i64,
}

impl SessionSettings {
    /// How long one lasts that was opened just now, until its first use.
    pub fn at_first_s(self) -> i64 {
        self.idle_s.min(self.absolute_s)
    }
}

/// Reads the variables of sessions. What is wrong goes to `faults`.
pub(super) fn read(look_up: impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> SessionSettings {
    let mut seconds = |name: &str, default: i64| {
        let text = look_up(name).unwrap_or_default();
        if text.trim().is_empty() {
            return default;
        }
        let lifetimes = SESSION_LIFETIME_S_MIN..=SESSION_LIFETIME_S_MAX;
        let read = text.trim().parse().ok().filter(|seconds| lifetimes.contains(seconds));
        read.unwrap_or_else(|| {
            let range = format!("{SESSION_LIFETIME_S_MIN} to {SESSION_LIFETIME_S_MAX}");
            faults.push(format!("{name}: must be a number of seconds from {range}"));
            default
        })
    };
    SessionSettings {
        idle_s: seconds("session_idle_s", SESSION_IDLE_S_DEFAULT),
        absolute_s: seconds("session_absolute_s", SESSION_ABSOLUTE_S_DEFAULT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(idle: &str, absolute: &str) -> (SessionSettings, Vec<String>) {
        let mut faults = Vec::new();
        let look_up = |name: &str| Some(if name == "session_idle_s" { idle } else { absolute }.to_owned());
        (read(look_up, &mut faults), faults)
    }

    #[test]
    fn a_session_lasts_as_long_as_it_may_unused_and_never_longer_than_at_all() {
        let (sessions, faults) = read_all("3600", "86400");
        assert_eq!((sessions.idle_s, sessions.absolute_s, sessions.at_first_s(), faults.len()), (3600, 86400, 3600, 0));
        assert_eq!(read_all("86400", "3600").0.at_first_s(), 3600);
        let (sessions, faults) = read_all("", " ");
        assert_eq!((sessions.idle_s, sessions.absolute_s), (SESSION_IDLE_S_DEFAULT, SESSION_ABSOLUTE_S_DEFAULT));
        assert!(faults.is_empty());
    }

    #[test]
    fn a_lifetime_that_is_none_is_refused() {
        for wrong in ["0", "-1", "59", "1e9", "a week", "99999999999"] {
            assert_eq!(read_all(wrong, wrong).1.len(), 2, "{wrong}");
        }
    }
}
